"""The developer tools of micro: command line, watching, exports."""
