"""How far it is: straight, along roads, or over the cheapest ground."""
