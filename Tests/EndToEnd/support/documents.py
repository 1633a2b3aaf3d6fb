"""The Markdown documents: their sections with the blocks of commands, their links and the anchors of their headings."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from responder import REPOSITORY


@dataclass
class Block:
    language: str
    text: str


@dataclass
class Section:
    """What follows a heading, up to the next one of any level."""

    level: int
    heading: str
    anchor: str
    prose: str = ""
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Document:
    sections: list[Section]
    links: list[str]

    def section(self, heading: str) -> Section:
        return next(section for section in self.sections if section.heading == heading)

    def prose_around(self, section: Section) -> Iterator[str]:
        """The prose of a section and of those that it is in."""
        level = section.level + 1
        for each in reversed(self.sections[: self.sections.index(section) + 1]):
            if each.level < level:
                level = each.level
                yield each.prose


@cache
def read(path: str) -> Document:
    """Reads a document as GitHub does: https://github.github.com/gfm/."""
    document = Document([Section(0, "", "")], [])
    anchors: Counter[str] = Counter()
    level = 0
    for token in MarkdownIt().enable("table").parse((REPOSITORY / path).read_text()):
        section = document.sections[-1]
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "inline" and level:
            heading = "".join(part.content for part in token.children if part.type in ("text", "code_inline"))
            anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            number = f"-{anchors[anchor]}" if anchors[anchor] else ""
            anchors[anchor] += 1
            document.sections.append(Section(level, heading, anchor + number))
            level = 0
        elif token.type == "inline":
            section.prose += f"{token.content}\n"
        elif token.type == "fence":
            section.blocks.append(Block(token.info, token.content))
        for part in token.children or [token]:
            if part.type.startswith("html"):
                document.links += re.findall(r'\b(?:href|src|srcset)="([^"]*)"', part.content)
            document.links += [str(part.attrs[name]) for name in ("href", "src") if name in part.attrs]
    return document


def blocks(path: str, language: str, heading: str | None = None) -> list[str]:
    """The blocks of a language in a document, or in one of its sections."""
    sections = read(path).sections if heading is None else [read(path).section(heading)]
    return [block.text for section in sections for block in section.blocks if block.language == language]


def commands(path: str, heading: str) -> list[str]:
    """The blocks of commands for the shell in a section."""
    return blocks(path, "sh", heading)
