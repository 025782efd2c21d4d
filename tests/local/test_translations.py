"""Catalogues are compiled when they changed, without the gettext tools."""

import gettext
import os

from local.translations import compile_catalogues

SOURCE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Models"
msgstr "模型"

#, fuzzy
msgid "Servers"
msgstr "猜的"
"""


def test_a_changed_catalogue_is_compiled_once(tmp_path):
    folder = tmp_path / "zh_Hant" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(SOURCE)

    assert compile_catalogues(tmp_path) == [folder / "django.mo"]
    assert compile_catalogues(tmp_path) == []
    later = (folder / "django.mo").stat().st_mtime + 5
    os.utime(folder / "django.po", (later, later))
    assert compile_catalogues(tmp_path) == [folder / "django.mo"]

    with (folder / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("Models") == "模型"
    assert catalogue.gettext("Servers") == "Servers"
