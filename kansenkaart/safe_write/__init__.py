"""One safe write for every output: what stands there is the old or the new one, whole, whenever a run is killed."""

from kansenkaart.safe_write.refusal import refuse_unwritable
from kansenkaart.safe_write.replace import Aside, Keep, kept_names, recover, replace_file, replace_folder

__all__ = ["Aside", "Keep", "kept_names", "recover", "refuse_unwritable", "replace_file", "replace_folder"]
