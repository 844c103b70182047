"""Let ``python -m kansenkaart`` do what the command ``kansenkaart`` does."""

from kansenkaart.cli.main import main

if __name__ == "__main__":
    main()
