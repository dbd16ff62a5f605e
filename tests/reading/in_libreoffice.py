"""Answer a worklist in the real LibreOffice, as a person would, and save it. Run by a Python that knows `uno`.

    python3 in_libreoffice.py PIPE WORKLIST SAVED < answers.json > seen.json

An answer is {"rma_number": ..., "code": ..., "action": ..., ...}. What is printed is what LibreOffice saw: the kind of
each cell of the first sheet, and the drop-down of each answered action.
"""

import json
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def property_of(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


def desktop(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            time.sleep(0.1)
    sys.exit("LibreOffice does not answer")


def used(sheet):
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    return cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn


def answer(sheet, answers):
    """Fill in the rows; what was seen of each."""
    last, width = used(sheet)
    header = [sheet.getCellByPosition(at, 0).String for at in range(width + 1)]
    seen = []
    for row in range(1, last + 1):
        said = {name: sheet.getCellByPosition(at, row).String for at, name in enumerate(header)}
        for given in answers:
            if (said["rma_number"], said["code"]) == (given["rma_number"], given["code"]):
                for name in ("action", "amount", "resolved_by", "note"):
                    if name in given:
                        cell = sheet.getCellByPosition(header.index(name), row)
                        if name == "amount":
                            cell.Value = given[name]
                        else:
                            cell.String = given[name]
                rule = sheet.getCellByPosition(header.index("action"), row).Validation
                seen.append({"rma_number": said["rma_number"], "type": rule.Type.value, "list": rule.getFormula1()})
    return seen


def main(pipe, worklist, saved):
    program = desktop(pipe)
    document = program.loadComponentFromURL(
        Path(worklist).resolve().as_uri(), "_blank", 0, (property_of("Hidden", True),)
    )
    sheets = [document.Sheets.getByIndex(at) for at in range(document.Sheets.Count)]
    first = sheets[0]
    last, width = used(first)
    cells = [[first.getCellByPosition(at, row) for at in range(width + 1)] for row in range(last + 1)]
    seen = {
        "sheets": [sheet.Name for sheet in sheets],
        "hidden": [sheet.Name for sheet in sheets if not sheet.IsVisible],
        "cells": [[(cell.Type.value, cell.String) for cell in row] for row in cells],
        "rules": answer(first, json.load(sys.stdin)),
    }
    document.storeToURL(Path(saved).resolve().as_uri(), (property_of("FilterName", "Calc MS Excel 2007 XML"),))
    document.close(True)
    json.dump(seen, sys.stdout)
    program.terminate()


main(*sys.argv[1:])
