"""Explain: every rule with the numbers of the run, in both languages, whatever the two places are."""

import re

import pytest

from kansenkaart.cli.main import cli
from kansenkaart.errors import UsageError
from kansenkaart.matches.why.explain import explain_pair, find_site
from kansenkaart.texts import load_texts
from tests.matches.places import HEAT, source, taker

SETTINGS = {"streams": [HEAT], "method": {"season": False, "ledgers": False, "coupling": "off"}}


@pytest.fixture
def explain(example, solved):
    def explain(supply, demand, language="nl"):
        ends = find_site(solved.inputs.sites, supply), find_site(solved.inputs.sites, demand)
        texts = load_texts(language)
        return explain_pair(solved.solution, solved.inputs, *ends, catalogue=example.catalogue, texts=texts)

    return explain


def lines_of(explanation, stream):
    return {
        line.split(":")[0].split(",")[0]: line
        for one in explanation.streams
        if one.stream == stream
        for line in one.lines
    }


def test_aeb_to_de_kwakel_is_possible_and_says_why_it_does_not_pay(explain, solved):
    found = explain("AEB extra", "De Kwakel")
    assert "AEB extra warmteaftap" in found.title
    lines = lines_of(found, HEAT)
    supply, demand = next(one.lines[:2] for one in found.streams if one.stream == HEAT)
    flows = solved.inputs.flows.set_index("flow_id")
    for said, site, role in ((supply, "afval:aeb-extra", "supply"), (demand, "glas:de-kwakel", "demand")):
        flow = flows.loc[f"{site}|{HEAT}|{role}"]
        assert said.endswith(f"{flow['formula']} [{flow['source']}, {flow['source_year']}]")
    assert "grens is 25 km" in lines["Afstand"]
    one = solved.solution.streams[HEAT]
    ids = [side.column("site_id") for side in one.sides]
    pair = one.pairs[
        (ids[0][one.problem.s] == "afval:aeb-extra") & (ids[1][one.problem.d] == "glas:de-kwakel")
    ].iloc[0]
    texts = load_texts("nl")
    assert texts.number(pair["distance_m"] / 1000.0) in lines["Afstand"]
    assert texts.number(pair["break_even_eur_unit"], 2) in lines["Prijs"]
    assert texts.number(pair["net_eur_y"]) in lines["Prijs"]
    assert "loont nu niet" in lines["Klasse"]
    assert "%" in lines["Seizoen"]


def test_a_grower_of_flowers_gives_no_tomato_stems_to_yarn(explain):
    found = explain("De Kwakel", "Brightfiber")
    assert "deze plekken passen voor deze stroom niet bij elkaar" in found.streams[0].verdict
    line = lines_of(found, "tuinbouwreststroom")["Soort"]
    assert line.endswith("kan alleen met teelt groenten; hier is dat bloemen en planten.")


@pytest.mark.parametrize(("language", "full"), [("nl", " is op: "), ("en", " is used up: ")])
def test_an_account_that_holds_nothing_back_is_not_called_spent(explain, language, full):
    """The heat of AEB: most of it is given away, not all, and the line above says that all is well."""
    lines = [one for stream in explain("AEB extra", "De Kwakel", language).streams for one in stream.lines]
    label = load_texts(language)("reasons.line_account")
    shared = [one for one in lines if one.startswith(label)]
    assert shared
    good = load_texts(language)("reasons.line_good")
    assert [full in one for one in shared] == [not one.startswith(f"{label}, {good}") for one in shared]


def test_the_example_of_its_help_names_places_of_the_example_region(solved):
    said = re.search(
        r"explain uit (\S+) (\S+) --project data/noord-holland", cli.commands["explain"].help or ""
    )
    assert said is not None
    for name in said.groups():
        assert find_site(solved.inputs.sites, name) == name


def test_hvc_to_the_growers_of_alton_names_what_runs_already(explain):
    found = explain("biomassa:hvc-bec", "NH Paprika")
    lines = [line for one in found.streams if one.stream == HEAT for line in one.lines]
    assert any("NH Paprika (Alton), loopt al" in line for line in lines)
    assert "loopt al een levering" in next(one.verdict for one in found.streams if one.stream == HEAT)


def test_a_works_too_far_away_stops_at_the_distance(explain):
    found = explain("rwzi Den Helder", "glas:alton")
    lines = lines_of(found, "effluentwater")
    assert "houdt tegen" in lines["Afstand"]
    assert "15 km" in lines["Afstand"]
    assert "te ver" in next(one.verdict for one in found.streams if one.stream == "effluentwater")
    assert "Prijs" not in lines


def test_a_data_centre_cooled_with_air_says_which_property_decides(explain):
    found = explain("datacenters:microsoft", "glas:agriport")
    assert found.streams == ()
    said = " ".join(found.remarks)
    assert "'water'" in said
    assert "'lucht'" in said


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_pair_of_the_example_can_be_explained_in_both_languages(explain, solved, language):
    sites = solved.inputs.sites["site_id"].tolist()
    other = load_texts("en" if language == "nl" else "nl")("reasons.line_distance")
    for n, supply in enumerate(sites[::3]):
        found = explain(supply, sites[(7 * n + 3) % len(sites)], language)
        for one in found.streams:
            assert one.verdict.endswith(".")
            assert not any(line.startswith(other) for line in one.lines)
            assert not re.search(r"\{\w*\}", " ".join(one.lines))
        assert found.streams or found.remarks


def test_the_outcome_agrees_with_the_run_for_every_pair_that_got_something(explain, solved):
    for stream, one in solved.solution.streams.items():
        chosen = one.pairs[one.pairs["chosen"]].head(4)
        for row in chosen.itertuples():
            ids = [
                str(side.column("site_id")[at]) for side, at in zip(one.sides, (row.s, row.d), strict=True)
            ]
            found = explain(*ids)
            verdict = next(told.verdict for told in found.streams if told.stream == stream)
            assert load_texts("nl").number(row.quantity) in verdict


def test_one_place_twice_is_no_pair(explain):
    assert "zichzelf" in explain("glas:alton", "glas:alton").remarks[0]


def test_a_name_that_fits_nothing_gives_the_nearest_and_one_that_fits_more_gives_all(solved):
    sites = solved.inputs.sites
    with pytest.raises(UsageError, match="De Kwakel-Kudelstaart"):
        find_site(sites, "De Kwakkel")
    with pytest.raises(UsageError, match="rwzi:NL12023"):
        find_site(sites, "Den Helder")
    with pytest.raises(UsageError):
        find_site(sites, "  ")
    assert find_site(sites, "GLAS:ALTON") == "glas:alton"


RULES = {
    "Afstand": (source(), taker(dx=26_000.0)),
    "Temperatuur": (source(supply_temperature_c=60.0), taker()),
    "Plek": (source(), taker(placement="municipality")),
    "Regio": (source(in_region=False), taker(in_region=False)),
    "Soort": (source(kind="verge_manager"), taker()),
    "Aanbod": (source(status="suspended"), taker()),
    "Vraag": (source(), taker(status="planned")),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_that_stops_a_pair_is_the_only_line_that_says_so(region, rule):
    found = region(*RULES[rule], **SETTINGS).explain("bron:1", "kas:1")
    stopped = [line.split(",")[0] for line in found.streams[0].lines if ", houdt tegen:" in line]
    assert stopped == [rule]
    assert "Geen kans" in found.streams[0].verdict


def test_a_possible_pair_that_got_nothing_says_who_took_it_and_what_one_more_is_worth(region):
    rows = (source("bron:near", gj=150_000.0), source("bron:far", dx=-9000.0), taker())
    told = region(*rows, prices={"avoided_heat_glass": 25.0}, **SETTINGS)
    found = told.explain("bron:far", "kas:1").streams[0]
    assert "bron:near (150.000 GJ)" in found.verdict
    price = told.solution.streams[HEAT].solved.demand_price[0]
    assert any(
        load_texts("nl").number(price, 2) in line
        for line in found.lines
        if line.startswith("Eén eenheid meer")
    )


def test_hostile_names_stay_text(region):
    rows = (source(name="[red]{x}</b>"), taker(name="=1+1"))
    found = region(*rows, **SETTINGS).explain("bron:1", "kas:1")
    assert "[red]{x}</b>" in found.title
    assert "=1+1" in found.streams[0].verdict
