"""Python modules that give the tools to other frameworks: templates, filled in ``python``."""
