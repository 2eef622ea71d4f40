"""Texts made by chance from a seed: canonical articles, mixes of everything, and salads of the signs of Markdown."""

# ruff: noqa: E501, SIM905 -- texts with their line breaks in them are read best on one line

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

WORDS = (
    "the runner's knee a first mile (about ten minutes) often decides; rest, 2 * 3 sets @ 60% snake_case 1986. C# "
    "100 € naïve über 日本語 🎉 نص “quoted” – and/or AT&T <5 >3 a|b x~y 3) #4 wait... [sic] C:\\path !"
).split(" ")
SALAD = (
    "a b word 1. 2) 10. - + * ** *** _ __ ~~ ~ ` `` ``` ~~~ # ## > >> | \\ \\* \\| & &amp; &nbsp; &#42; &copy; < > <b> </b> "
    "<http://a.b> <a@b.c> [ ] ( ) [a](b) [a]( ![a](asset:x) ![ ]( [r] [r]: ::: :::note :::callout{kind=tip} --- === "
    "*** ___ :-- --: |-|-| . , ! ? : ; \" ' é ß 日 🎉 \u00a0 \u2003 \t"
).split(" ")
ADDRESSES = (
    "/visit",
    "https://example.org/a_b*c",
    "https://example.org/(x)?a=1&copy=2",
    "mailto:a@example.org",
    "tel:+15550100",
    "article:01M48MSB40EJTA4WV55XW3V3B2",
    "#h-part",
    "/über uns",
    "",
)


def documents(number: int, seed: int) -> Iterator[str]:
    """Yield `number` texts; the same seed gives the same texts."""
    for index in range(number):
        chance = random.Random(f"{seed}-{index}")
        make = chance.choice((_article, _article, _mix, _mix, _salad))
        yield make(chance)


def _article(chance: random.Random) -> str:
    return "\n\n".join(_block(chance, 0) for _ in range(chance.randint(1, 4))) + "\n"


def _mix(chance: random.Random) -> str:
    """Blocks that touch each other, and words with signs among them."""
    parts = []
    for _ in range(chance.randint(1, 5)):
        parts.append(_block(chance, 0) if chance.random() < 0.6 else _line(chance))
        parts.append(chance.choice(("\n", "\n\n", "\n\n", "\n\n\n", "\n  ", "\n > ", "\n - ", "\n    ")))
    return "".join(parts)


def _salad(chance: random.Random) -> str:
    return "".join(
        chance.choice(SALAD) + chance.choice(("", "", " ", " ", "\n", "\n\n", "  \n", "\n  ", "\n    "))
        for _ in range(chance.randint(3, 40))
    )


def _line(chance: random.Random) -> str:
    return chance.choice(("", " ", " ")).join(chance.choice(SALAD) for _ in range(chance.randint(1, 10)))


def _block(chance: random.Random, depth: int) -> str:
    simple: list[Callable[[random.Random, int], str]] = [_paragraph, _paragraph, _paragraph, _heading, _code, _rule]
    nested: list[Callable[[random.Random, int], str]] = [_list, _list, _quote, _prose]
    other: list[Callable[[random.Random, int], str]] = [_table, _data, _photo]
    return chance.choice(simple + other + (nested if depth < 2 else []))(chance, depth)


def _blocks(chance: random.Random, depth: int, glue: str = "\n\n") -> str:
    return glue.join(_block(chance, depth + 1) for _ in range(chance.randint(1, 3)))


def _paragraph(chance: random.Random, depth: int) -> str:
    return _words(chance, chance.randint(1, 9), wrapped=True)


def _heading(chance: random.Random, depth: int) -> str:
    if chance.random() < 0.2:
        return f"{_words(chance, 3, wrapped=True)}\n{chance.choice(('---', '==='))}"
    return f"{'#' * chance.randint(1, 6)} {_words(chance, chance.randint(0, 5))}{chance.choice(('', ' #', ' C#'))}"


def _code(chance: random.Random, depth: int) -> str:
    fence = chance.choice(("```", "~~~", "````"))
    body = "\n".join(
        chance.choice(("", "  x = 1", "\ty", "```js", ":::", "<b>", "    z")) for _ in range(chance.randint(0, 4))
    )
    if chance.random() < 0.2:
        return "    indented\n\n      more"
    return f"{fence}{chance.choice(('', 'js', ' js title=x', 'unknown a b'))}\n{body}\n{fence if fence != '```' else '````'}"


def _rule(chance: random.Random, depth: int) -> str:
    return chance.choice(("---", "***", "_ _ _"))


def _list(chance: random.Random, depth: int) -> str:
    loose = chance.random() < 0.4
    start = chance.choice((1, 1, 1, 0, 7, 1986, 999_999_998))
    sign = chance.choice(("-", "*", "+", ".", ")"))
    items = []
    for index in range(chance.randint(1, 4)):
        marker = sign if sign in "-*+" else f"{start + min(index, 1)}{sign}"
        body = _blocks(chance, depth, chance.choice(("\n", "\n\n"))) if chance.random() < 0.5 else _words(chance, 4)
        items.append(f"{marker} {_indented(body, ' ' * (len(marker) + 1))}" if chance.random() > 0.05 else marker)
    return ("\n\n" if loose else "\n").join(items)


def _indented(body: str, indent: str) -> str:
    return body.replace("\n", f"\n{indent}")


def _quote(chance: random.Random, depth: int) -> str:
    return "> " + _blocks(chance, depth).replace("\n", "\n> ")


def _prose(chance: random.Random, depth: int) -> str:
    opening = chance.choice(
        (
            ":::note", ':::note{title="Author’s Note"}', ":::note {title='a \"b\"'}", ":::callout{kind=tip title=\"T\"}",
            ':::callout{kind="warning" title="Careful: #1 | 2"}', "::: callout", ':::note{title="x" odd=1}', ":::callout{kind=odd}",
        )
    )  # fmt: skip
    colons = ":" * (6 - depth) if chance.random() < 0.7 else ":::"
    gap = chance.choice(("\n\n", "\n\n", "\n"))
    return f"{colons}{opening[3:]}{gap}{_blocks(chance, depth)}{gap}{colons}"


def _table(chance: random.Random, depth: int) -> str:
    width = chance.randint(1, 4)
    rule = "|".join(chance.choice(("---", ":--", "--:", ":-:", " --- ")) for _ in range(width))
    rows = [
        "|".join(f" {_words(chance, chance.randint(0, 3)).replace('|', chr(92) + '|')} " for _ in range(width))
        for _ in range(chance.randint(1, 4))
    ]
    return "\n".join(f"|{row}|" for row in [rows[0], rule, *rows[1:]])


def _data(chance: random.Random, depth: int) -> str:
    return chance.choice(
        (
            "```video\nasset: film\ntitle: 'A: b'\n```",
            "```gallery\nphotos:\n  - one\n  - asset: two\n    alt: |\n      Several\n\n      lines\n```",
            "~~~faq\nquestions:\n  - question: Why `?`\n    answer: |\n      Because **so**.\n\n      ```\n      code\n      ```\n~~~",
            "```button\nlabel: Book\nhref: /book\n\n```",
            "````embed odd words\nurl: https://vimeo.com/12345678\n````",
            "```video\nnot: [yaml\n```",
        )
    )


def _photo(chance: random.Random, depth: int) -> str:
    title = chance.choice(("", ' "A caption"', ' "With \\"quotes\\" & more"', " 'x'"))
    return f"![{_words(chance, chance.randint(0, 4))}](asset:photo-{chance.randint(1, 9)}{title})"


def _words(chance: random.Random, number: int, *, wrapped: bool = False) -> str:
    spaces = (" ", " ", " ", "\n", "  \n", "\\\n") if wrapped else (" ",)
    return "".join(_piece(chance) + (chance.choice(spaces) if at < number - 1 else "") for at in range(number))


def _piece(chance: random.Random) -> str:
    word = chance.choice(WORDS)
    if chance.random() < 0.6:
        return word
    inner = chance.choice((word, f"{word} {chance.choice(WORDS)}", _piece(chance)))
    address = chance.choice(ADDRESSES)
    shaped = f"<{address}>" if " " in address else address
    return chance.choice(
        (
            f"**{inner}**", f"*{inner}*", f"_{inner}_", f"__{inner}__", f"~~{inner}~~", f"`{inner}`", f"`` {inner} ` ``",
            f"[{inner}]({shaped})", f'[{inner}]({shaped} "title")', "<https://example.org/%20x>", f"![{inner}](asset:inline)",
            f"***{inner}***", f"{inner}**{word}**", f"**{inner}**{word}", "&nbsp;", "&copy;", "&#42;", f"\\{inner}", f"<b>{inner}</b>",
        )
    )  # fmt: skip
