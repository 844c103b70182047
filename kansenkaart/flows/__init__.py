"""STEP 2: how much each place can supply or needs - measured where known, else kengetal x driver."""

from kansenkaart.flows.flows import Estimated, estimate_flows

__all__ = ["Estimated", "estimate_flows"]
