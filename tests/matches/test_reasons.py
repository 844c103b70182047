"""A reason says only what the run decided: better partners are indeed served."""


def test_where_a_better_partner_is_named_as_served_it_is_served(noord_holland):
    frames = noord_holland.frames
    left = frames.gaps.set_index("flow_id")["remaining"]
    value = frames.gaps.set_index("flow_id")["value"]
    second = frames.matches[frames.matches["reason"].str.startswith("Wat overblijft")]
    assert len(second)
    for match in second.itertuples():
        pairs = frames.candidates[
            (frames.candidates["supply_id"] == match.supply_id)
            & (frames.candidates["stream"] == match.stream)
        ]
        nearer = pairs[
            (pairs["distance_m"] < match.distance_m) & (pairs["net_eur_y"].isna() | (pairs["net_eur_y"] > 0))
        ]
        for demand in nearer["demand_id"]:
            key = f"{demand}|{match.stream}|demand"
            assert left[key] <= 1e-6 * value[key]


def test_every_reason_says_the_shares_and_ends_as_a_sentence(noord_holland):
    for reason in noord_holland.frames.matches["reason"]:
        assert "% van de vraag" in reason
        assert reason.rstrip().endswith(".")
        assert ".." not in reason
