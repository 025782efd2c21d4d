"""What the Traditional Chinese catalogue promises: whole placeholders, one word per thing, Taiwan usage."""

import csv
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.pofile import read_po

from config.env import ROOT

CATALOGUE = ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
GLOSSARY = ROOT / "locale" / "glossary.csv"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")
TAG = re.compile(r"<[^>]+>")
# Code in a message stays as it is: an object in braces, a file name.
CODE = re.compile(r"\{.*\}|\w+\.\w+")
WORD = re.compile(r"[^\W\d_][\w'’/-]*")
LONGEST_TERM_CHECK = 4
# The English word means something else here than what the glossary names.
OTHER_SENSE: frozenset[str] = frozenset()
SIMPLIFIED = set(
    "务义户测试应开数据启库认设级择显师错误网页码请输关闭载册审统经验习标题实时间动态图误权责达优组织简"
    "并发现选项进击讯类状见览构执获约维为与无对从会过还这们个话说读写长门问题资质产际导"
)


def translations() -> Iterator[tuple[str, str, str]]:
    """Each translated message as (singular, the form that names the number, its translation)."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="zh_Hant")
    assert catalogue.num_plurals == 1
    for message in catalogue:
        identity: Any = message.id
        if not identity:
            continue
        singular, plural = identity if isinstance(identity, tuple | list) else (identity, identity)
        text = message.string if isinstance(message.string, str) else message.string[0]
        if text:
            yield singular, plural, text


def glossary() -> dict[str, str]:
    with GLOSSARY.open(encoding="utf-8", newline="") as source:
        return {row["en"]: row["zh-Hant"] for row in csv.DictReader(source)}


def has_word(term: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(term)}(?![\w-])", text, re.IGNORECASE) is not None


def misses(singular: str, text: str, terms: dict[str, str]) -> set[str]:
    """The glossary's terms that a short message names and its translation doesn't."""
    if singular in OTHER_SENSE:
        return set()
    rest, missing = CODE.sub(" ", TAG.sub(" ", PLACEHOLDER.sub(" ", singular))), set()
    if len(WORD.findall(rest)) > LONGEST_TERM_CHECK:
        return set()
    for term in sorted(terms, key=len, reverse=True):
        if not has_word(term, rest):
            continue
        if terms[term] not in text:
            missing.add(term)
        # A longer term has taken these words: "load generator" loads nothing.
        rest = re.sub(re.escape(term), " ", rest, flags=re.IGNORECASE)
    return missing


def test_every_placeholder_and_tag_stands_in_its_translation():
    wrong = [
        (plural, text)
        for _singular, plural, text in translations()
        if set(PLACEHOLDER.findall(plural)) != set(PLACEHOLDER.findall(text))
        or sorted(TAG.findall(plural)) != sorted(TAG.findall(text))
    ]
    assert wrong == []


def test_no_character_is_simplified():
    assert [text for *_ids, text in translations() if set(text) & SIMPLIFIED] == []


def test_short_messages_use_the_words_of_the_glossary():
    terms = glossary()
    assert {
        singular: missing
        for singular, _plural, text in translations()
        if (missing := misses(singular, text, terms))
    } == {}


@pytest.mark.parametrize(
    ("singular", "text", "missing"),
    [
        ("Unload %(version)s", "卸載 %(version)s", set()),
        ("Model signature", "模型簽章", {"signature"}),
        ("Starting the load generator", "正在啟動負載產生器", set()),
        ('Write {"data": []}.', '寫成 {"data": []}。', set()),
        ("A model of more than four words", "一", set()),
    ],
)
def test_a_missed_term_is_found(singular: str, text: str, missing: set[str]):
    assert misses(singular, text, glossary()) == missing


def test_each_term_of_the_glossary_has_one_chinese_word():
    with GLOSSARY.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))

    assert len({row["en"] for row in rows}) == len(rows)
    assert all(row["zh-Hant"] for row in rows)
    assert not any(set(row["zh-Hant"]) & SIMPLIFIED for row in rows)
