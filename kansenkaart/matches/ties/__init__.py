"""What makes one stream depend on another: processors, shared accounts, heat with CO2."""
