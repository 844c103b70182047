"""The command ``kansenkaart``, also as ``python -m kansenkaart``."""

import gc

from kansenkaart.ends import end_cleanly, finish

# Tables make many objects and few rings of them: to look for rings less often saves a twelfth of a build.
SELDOM = (100_000, 20, 20)


def main() -> None:
    """Run the command; exit 0 good, 1 data, 2 usage, 3 internal, 128 + the signal when it was stopped."""
    end_cleanly()
    gc.set_threshold(*SELDOM)
    try:
        from kansenkaart.cli.main import main as run  # noqa: PLC0415 - an interrupt while it loads ends cleanly, too

        run()
    finally:
        finish()


if __name__ == "__main__":
    main()
