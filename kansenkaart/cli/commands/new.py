"""``kansenkaart new``: a folder with a project file, of the user's own files or to be filled in."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import rich_click as click

from kansenkaart.cli.asking import Interview
from kansenkaart.cli.commands.check import check_command
from kansenkaart.cli.options import language_option
from kansenkaart.cli.screen import say, stdout
from kansenkaart.errors import OutputError, UsageError
from kansenkaart.project import FILE_NAME, project_schema
from kansenkaart.project.input_files import is_there
from kansenkaart.project.written import quote
from kansenkaart.reasons import find_reason
from kansenkaart.safe_write import recover, replace_file, replace_folder
from kansenkaart.sources import check_province
from kansenkaart.texts import Language, Texts, load_texts

if TYPE_CHECKING:
    from kansenkaart.sources.draft import Draft

SCHEMA_NAME = "kansenkaart.schema.json"
_LAYERS = ("aanbod.csv", "vraag.csv", "lopend.csv")
_USUAL_PROVINCE = "Noord-Holland"
PDOK = "pdok"
# From here on the template is about layers to be filled by hand.
_BY_HAND = {"nl": "\n# Elke laag is een bestand", "en": "\n# Each layer is a file"}
# And from here on about what partners do together, which holds of files too.
_TOGETHER = {"nl": "\n# Wie kan het samen doen", "en": "\n# Who could do it together"}
_TEMPLATES = {"nl": FILE_NAME, "en": "kansenkaart.en.toml"}


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE]...")
@click.option(
    "--province", help=f"Province the map is about; default: where most places lie, else {_USUAL_PROVINCE}."
)
@click.option(
    "--municipality", "municipalities", multiple=True, help="Municipality, by code or name; more than once."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LAYER.KEY=VALUE",
    help="What a file means: kassen.kind=kas, kassen.units.glass_ha=m2, kassen.crs=EPSG:28992; more than once.",
)
@click.option(
    "--addresses",
    metavar="pdok|FILE",
    help="What knows where addresses lie: pdok (over the internet, by 'kansenkaart download'), or a table of yours.",
)
@click.option("--title", help="Title on the map; default: 'Regionale kansenkaart PROVINCE'.")
@language_option
@click.pass_context
def new_command(
    context: click.Context,
    folder: Path,
    files: tuple[Path, ...],
    province: str | None,
    municipalities: tuple[str, ...],
    settings: tuple[str, ...],
    addresses: str | None,
    title: str | None,
    language: Language,
) -> None:
    """Make FOLDER with a project file, of FILEs where they are given, and a schema for editors.

    Of each FILE it shows what stands in it and what it becomes; what cannot be known is asked on a terminal, else
    given with --set. Without FILE: empty layers that show which columns to fill. Nothing that stands there is
    overwritten.

    \b
    Examples:
      kansenkaart new mijn-regio
      kansenkaart new "Kansenkaart Fryslân" --province Fryslân
      kansenkaart new westland kassen.gpkg rwzi.csv bedrijven.xlsx --municipality Westland
      kansenkaart new westland kassen.csv --set kassen.units.glass_ha=m2
      kansenkaart new westland kassen.csv --language en
      kansenkaart new westland bedrijven.xlsx --addresses pdok --province Zuid-Holland
    """
    texts = load_texts(language)
    if province is not None:
        check_province(province)
    if addresses is not None and not files:
        raise UsageError("new_addresses_alone", "--addresses places the rows of files: give those too.")
    drafts = _settle(files, settings, texts, addressed=addresses is not None) if files else []
    region, name = _choose_region(province, municipalities, drafts, texts)
    toml = _read_template(_TEMPLATES[language])
    if files:
        toml = _compose(toml, drafts, folder, language, texts, addresses=addresses)
    toml = toml.replace("@TITLE@", quote(title or texts("cli.new_title", name=name)))
    toml = toml.replace("@REGION@", region)
    try:
        _make(folder, toml, () if files else _LAYERS)
    except OSError as error:
        message = "{folder} cannot be written: {error}. Choose a folder you may write in."
        raise OutputError("new_unwritable", message, folder=str(folder), error=find_reason(error)) from None
    say(texts, "cli.made_of_files" if files else "cli.made", folder=folder)
    for draft in drafts:
        if draft.proposal.role == "none":
            reason = texts("look.role_none", reason=draft.proposal.why[0].tell(texts))
            say(texts, "cli.made_without", file=draft.proposal.look.file, reason=reason)
    by_address = any({"postcode", "street"} & draft.proposal.origin.keys() for draft in drafts)
    if addresses == PDOK and by_address:
        say(texts, "cli.made_with_addresses", folder=folder)
    elif files:
        context.invoke(check_command, project=folder, strict=False, verbose=False, quiet=False)


def _settle(
    files: tuple[Path, ...], settings: tuple[str, ...], texts: Texts, *, addressed: bool
) -> list[Draft]:
    from kansenkaart.catalogue import load_catalogue
    from kansenkaart.catalogue.words import load_words

    return Interview(load_catalogue(), load_words(), texts).settle(files, settings, addressed=addressed)


def _compose(
    template: str,
    drafts: list[Draft],
    folder: Path,
    language: Language,
    texts: Texts,
    *,
    addresses: str | None,
) -> str:
    """The template with what the files become in the place of what is filled by hand."""
    toml = template.partition(_BY_HAND[language])[0] + "\n" + _write(drafts, folder, texts)
    toml += "" if addresses is None else _write_addresses(addresses, folder, texts)
    return toml + _write_together(drafts, template, language, texts)


def _write(drafts: list[Draft], folder: Path, texts: Texts) -> str:
    from kansenkaart.catalogue import load_catalogue
    from kansenkaart.catalogue.words import load_words
    from kansenkaart.sources.draft import write_layers

    return write_layers(drafts, folder, load_catalogue(), load_words(), texts)


def _write_together(drafts: list[Draft], template: str, language: Language, texts: Texts) -> str:
    """Coalitions, and the hubs that the files allow, as comments to switch on."""
    from kansenkaart.catalogue import load_catalogue
    from kansenkaart.catalogue.words import load_words
    from kansenkaart.sources.draft_hubs import write_hubs

    hubs = write_hubs(drafts, load_catalogue(), load_words(), texts)
    return "".join(template.partition(_TOGETHER[language])[1:]) + (f"\n{hubs}" if hubs else "")


def _write_addresses(given: str, folder: Path, texts: Texts) -> str:
    """``[addresses]``: a service that is asked later, or a table that must stand there now."""
    if given == PDOK:
        return f'\n[addresses]\nservice = "{PDOK}"  # {texts("look.addresses_service")}\n'
    if not is_there(Path(given)):
        message = "--addresses '{given}' is neither pdok nor a file that is there."
        raise UsageError("new_addresses", message, given=given)
    from kansenkaart.sources.draft import relative

    return f"\n[addresses]\npath = {quote(relative(Path(given), folder))}\n"


def _choose_region(
    province: str | None, municipalities: tuple[str, ...], drafts: list[Draft], texts: Texts
) -> tuple[str, str]:
    """Return the line of ``[region]``, and what the region is called."""
    from kansenkaart.sources.draft import find_province
    from kansenkaart.sources.region import load_boundaries

    if municipalities and province is not None:
        raise UsageError("new_regions", "Give either --province or --municipality.")
    if municipalities:
        codes, names = _find_municipalities(municipalities)
        return f"municipalities = {json.dumps(codes)}  # {', '.join(names)}", ", ".join(names)
    if province is None and drafts:
        province = find_province(drafts, load_boundaries())
        if province is None:
            message = "Nothing says in which province the places lie. Give --province or --municipality."
            raise UsageError("new_no_region", message)
        stdout().print(texts("look.province_found", province=province), markup=False)
    name = province or _USUAL_PROVINCE
    return f"province = {quote(name)}", name


def _find_municipalities(given: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Codes and names of municipalities that are given by either."""
    from kansenkaart.sources.region import load_boundaries

    boundaries = load_boundaries()
    names = dict(zip(boundaries.areas["municipality_code"], boundaries.areas["municipality"], strict=True))
    codes: list[str] = []
    for text in given:
        code = boundaries.find_code(text) or boundaries.find_by_name(text)
        if code is None:
            message = "--municipality '{name}' is no municipality. {hint}"
            raise UsageError("new_municipality", message, name=text, hint=boundaries.suggest(text))
        codes.append(code)
    return codes, [names[code] for code in codes]


def _make(folder: Path, toml: str, layers: tuple[str, ...]) -> None:
    """Make the folder whole or not at all; add to one that stands there what it lacks, the project file last."""
    recover(folder)
    recover(folder / FILE_NAME)
    _check_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        _fill(folder, toml, layers)
        return
    with replace_folder(folder, keep=lambda _new: _refuse(folder)) as aside:
        _fill(aside.path, toml, layers)


def _check_free(folder: Path) -> None:
    schema = folder / SCHEMA_NAME
    # as a killed run left it, or another than ours
    strange = schema.exists() and not (schema.is_file() and schema.read_bytes() == _schema().encode())
    present = [FILE_NAME] if (folder / FILE_NAME).exists() else []
    if present or strange:
        _refuse(*(folder / name for name in present + [SCHEMA_NAME] * strange))


def _fill(folder: Path, toml: str, layers: tuple[str, ...]) -> None:
    if layers:
        (folder / "layers").mkdir(exist_ok=True)
    project = folder / FILE_NAME
    with replace_file(project, keep=lambda _new: _refuse(project)) as aside:
        aside.path.write_text(toml, encoding="utf-8", newline="\n")
        for name in layers:
            _add(folder / "layers" / name, _read_template(name))
        _add(folder / SCHEMA_NAME, _schema())


def _add(path: Path, text: str) -> None:
    """Write a file, but never over one that stands there."""
    recover(path)
    if path.exists():
        return
    with replace_file(path, keep=lambda _new: _refuse(path)) as aside:
        aside.path.write_text(text, encoding="utf-8", newline="\n")


def _refuse(*present: Path) -> NoReturn:
    message = "{folder} already holds {present}. Choose another folder; nothing was changed."
    folder, names = str(present[0].parent), ", ".join(path.name for path in present)
    raise OutputError("new_exists", message, folder=folder, present=names)


def _schema() -> str:
    return json.dumps(project_schema(), indent=2, ensure_ascii=False) + "\n"


def _read_template(name: str) -> str:
    return (files("kansenkaart.cli") / "template" / name).read_text(encoding="utf-8")
