"""Values as HTML: a page shows hundreds of them, and a template takes ten times as long over each."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from innograph.server.pages.language import Words
from innograph.server.pages.values import Part


def part(value: Part, words: Words) -> Markup:
    """A value: a code, a link to our page, a way out, or words, each with its language."""
    text = escape(value.text)
    language = f' lang="{escape(value.language)}"' if value.language else ""
    if value.style == "code":
        shown = f"<code>{text}</code>"
    elif value.href:
        shown = f'<a href="{escape(value.href)}"{language}>{text}</a>'
    elif value.outward:
        shown = f'<a class="away" href="{escape(value.outward)}" rel="external">{text}</a>'
    elif language:
        shown = f"<span{language}>{text}</span>"
    else:
        shown = text
    if value.href and value.outward:
        shown += (
            f' <a class="away" href="{escape(value.outward)}" rel="external"'
            f' aria-label="{text} {escape(words.elsewhere)}">↗</a>'
        )
    return Markup(shown)


def parts(values: Sequence[Part], words: Words) -> Markup:
    """Several values as a list, one as itself."""
    if len(values) == 1:
        return part(values[0], words)
    items = "".join(f"<li>{part(value, words)}</li>" for value in values)
    return Markup(f'<ul class="plain">{items}</ul>' if items else "")
