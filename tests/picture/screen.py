"""A program in a terminal, driven by lines of JSON, drawn as HTML.

Standard input has one object a line, each is answered by one: {"send":
["text", "Enter"]} types, {"wait": "text"} waits until the screen shows it,
{"draw": true} answers with {"html": "..."}, a <pre> of the screen.  At the end
of the input the program is ended.
"""
import html
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "tty"))

from terminal import Terminal  # noqa: E402

ROWS, COLS = 34, 87
PAPER, INK = "#1e2227", "#d5d8dc"
COLOURS = {
    "black": "#1e2227", "red": "#e06c75", "green": "#98c379",
    "brown": "#e5c07b", "blue": "#61afef", "magenta": "#c678dd",
    "cyan": "#56b6c2", "white": "#d5d8dc",
}


def colour(name, usual):
    if name == "default":
        return usual
    return COLOURS.get(name, "#" + name)


def style(cell, cursor):
    ink, paper = colour(cell.fg, INK), colour(cell.bg, PAPER)
    if cell.reverse != cursor:
        ink, paper = paper, ink
    text = "color:%s;background:%s" % (ink, paper)
    if cell.bold:
        text += ";font-weight:bold"
    if cell.italics:
        text += ";font-style:italic"
    if cell.underscore:
        text += ";text-decoration:underline"
    if cell.strikethrough:
        text += ";text-decoration:line-through"
    return text


def draw(terminal):
    """Cells of one style make a span; a wide one has the width of two."""
    rows = []
    here = terminal.cursor()
    for y, row in enumerate(terminal.cells()):
        spans = []
        for x, cell in enumerate(row):
            if cell.data == "":
                continue
            wide = x + 1 < len(row) and row[x + 1].data == ""
            css = style(cell, (y, x) == here)
            text = html.escape(cell.data)
            if wide:
                css += ";display:inline-block;width:2ch"
            if spans and spans[-1][0] == css and not wide:
                spans[-1][1] += text
            else:
                spans.append([css, text])
        rows.append("".join('<span style="%s">%s</span>' % (css, text)
                            for css, text in spans))
    return "<pre>%s</pre>" % "\n".join(rows)


def answer(terminal, what):
    if "send" in what:
        terminal.send(*what["send"])
    if "wait" in what:
        terminal.wait(what["wait"])
    if "draw" in what:
        terminal.settle()
        return {"html": draw(terminal)}
    return {}


def main(argv):
    with Terminal(argv, rows=ROWS, cols=COLS) as terminal:
        for line in sys.stdin:
            print(json.dumps(answer(terminal, json.loads(line))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
