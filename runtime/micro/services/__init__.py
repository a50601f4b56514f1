"""How authors declare services, and what is made of their declarations."""
