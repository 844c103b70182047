"""How a layer is drawn, as QML: symbols, classes and the style of every layer."""
