"""What stands in the folder of a build is what the table of outputs says."""

from __future__ import annotations

from kansenkaart.exports.folder.folder import find_foreign
from kansenkaart.outputs import OUTPUTS
from kansenkaart.texts import LANGUAGES, load_texts


def test_a_folder_holds_the_outputs_of_the_table_and_the_manifest(noord_holland, noord_holland_outputs):
    project = noord_holland.loaded.project
    asked = [
        one
        for one in OUTPUTS
        if "internal" in one.editions and (not one.asked_by or getattr(project, one.asked_by))
    ]
    named = {name for output in asked for name in (output.name, *output.beside)}
    assert {path.name for path in noord_holland_outputs.iterdir()} == named | {"manifest.json"}


def test_what_is_not_asked_for_is_not_written(small_built):
    assert (small_built / "uit" / "quality.html").exists()
    assert not (small_built / "uit" / "clusters.html").exists()


def test_every_output_says_what_it_is_for():
    told = [load_texts(language)(f"outputs.{output.key}") for output in OUTPUTS for language in LANGUAGES]
    assert len(set(told)) == 2 * len(OUTPUTS)


def test_all_that_a_build_wrote_counts_as_its_own(noord_holland_outputs):
    """Else the next build into the folder is refused."""
    assert find_foreign(noord_holland_outputs) == []
    assert (noord_holland_outputs / "coalitions.html").exists()
