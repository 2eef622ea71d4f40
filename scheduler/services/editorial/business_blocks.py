"""What blocks leave out because the business says it already: where visitors book, and where to find it."""

from __future__ import annotations

from dataclasses import replace

from scheduler.content.blocks import Block
from scheduler.content.yaml_tree import LineProblem
from scheduler.services.site.business import address_lines, map_address
from scheduler.site_settings import Business


def completed(block: Block, business: Business) -> tuple[Block, list[LineProblem]]:
    """Return a block with what the business adds to it, and what is still missing then."""
    match block.kind:
        case "cta":
            return _call_to_action(block, business)
        case "map":
            return _map(block, business)
        case _:
            return block, []


def _call_to_action(block: Block, business: Business) -> tuple[Block, list[LineProblem]]:
    if not block.data["booking"]:
        return block, []
    filled = replace(block, data=block.data | {"href": business.booking_url})
    if business.booking_url:
        return filled, []
    reason = "this call to action leads nowhere: give it a link (href), or set the booking address in the settings"
    return filled, [LineProblem(block.line, reason)]


def _map(block: Block, business: Business) -> tuple[Block, list[LineProblem]]:
    address = block.data["address"] or ", ".join(address_lines(business))
    href = map_address(address)
    filled = replace(block, data=block.data | {"address": address, "href": href})
    if address:
        return filled, []
    reason = "this map link has no address: write one, or set the address of the business in the settings"
    return filled, [LineProblem(block.line, reason)]
