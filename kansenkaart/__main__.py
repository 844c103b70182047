"""The command ``kansenkaart``, also as ``python -m kansenkaart``."""

from kansenkaart.ends import end_cleanly, finish


def main() -> None:
    """Run the command; exit 0 good, 1 data, 2 usage, 3 internal, 128 + the signal when it was stopped."""
    end_cleanly()
    try:
        from kansenkaart.cli.main import main as run  # noqa: PLC0415 - an interrupt while it loads ends cleanly, too

        run()
    finally:
        finish()


if __name__ == "__main__":
    main()
