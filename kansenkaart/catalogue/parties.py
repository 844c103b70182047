"""Who must be at the table for a chance, besides its supplier and its taker: the rules of ``parties.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kansenkaart.catalogue.models import Stream


class Party(BaseModel):
    """A party, and when it must be there: one rule that holds is enough."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    named: Literal["municipality", "province"] | None = Field(
        None, description="Column of the places that says which one it is; None: only its role is known."
    )
    always: bool = False
    crossing: bool = Field(False, description="When the two places lie in different municipalities.")
    kinds: tuple[str, ...] = Field((), description="When such a place gives or takes.")
    streams: tuple[str, ...] = Field((), description="When it is about such a stream.")
    eural: bool = Field(False, description="When the stream is on the Eural list of waste.")
    mode: Literal["pipe", "truck", "ship"] | None = Field(None, description="When it can travel this way.")
    evidence: Literal["derived", "estimate"] = Field(
        description="derived: the rule rests on the source; estimate: our own reading, without one."
    )
    source: str = Field(
        "", description="What the rule rests on, as the card names it; empty for an estimate."
    )

    @model_validator(mode="after")
    def _source_of_evidence(self) -> Self:
        if bool(self.source) != (self.evidence == "derived"):
            raise ValueError(f"party {self.id}: a source and evidence = 'derived' go together")
        return self

    def concerns(self, stream: Stream) -> bool:
        """Tell whether `stream` alone calls for this party.

        Examples
        --------
        >>> from kansenkaart.catalogue import load_catalogue
        >>> [party.id for party in load_parties() if party.concerns(load_catalogue().streams["co2"])]
        ['co2_network', 'carrier']
        """
        waste = self.eural and bool(stream.eural)
        travels = self.mode is not None and self.mode in stream.mode.split("/")
        return stream.id in self.streams or waste or travels


@cache
def load_parties() -> tuple[Party, ...]:
    """Return the parties of ``parties.toml`` in the order of the file; read once.

    Raises
    ------
    pydantic.ValidationError
        When a key or value in the file is wrong; the message names it.
    """
    text = (files("kansenkaart.catalogue") / "parties.toml").read_text(encoding="utf-8")
    return tuple(Party.model_validate(row) for row in tomllib.loads(text)["party"])
