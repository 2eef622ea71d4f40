"""JSON-LD: what is unknown is left out, and no text can leave its script element."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.services.site.business import address_lines, opening_hours
from scheduler.services.site.cards import Link
from scheduler.services.site.pages import dial
from scheduler.site_settings import Business, Site
from scheduler.web.site import structured_data


@given(st.text())
def test_a_block_holds_any_text_and_none_of_the_signs_that_end_it(text: str) -> None:
    block = structured_data.block({"headline": text})
    assert not set("<>&'\u2028\u2029") & set(block)
    assert json.loads(block) == {"headline": text}


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0, ""), (7000, "PT7S"), (6500, "PT6S"), (61_000, "PT1M1S"), (600_000, "PT10M0S")]
)
def test_durations_are_iso_8601(milliseconds: int, text: str) -> None:
    assert structured_data.duration(milliseconds) == text


def test_a_business_that_says_little_claims_nothing() -> None:
    entity = structured_data.business(Site(name="Corner Bakery", business=Business(type="Bakery")), "https://b.example")
    assert entity == {
        "@context": "https://schema.org",
        "@type": "Bakery",
        "@id": "https://b.example/#business",
        "name": "Corner Bakery",
        "url": "https://b.example/",
    }


def test_the_breadcrumb_counts_from_one() -> None:
    entity = structured_data.breadcrumbs((Link("Home", "/"), Link("Knee", "/blog/category/knee/")), "https://b.example")
    assert entity["itemListElement"][1] == {
        "@type": "ListItem",
        "position": 2,
        "name": "Knee",
        "item": "https://b.example/blog/category/knee/",
    }


@pytest.mark.parametrize(
    ("phone", "tel"), [("+1 401 555 0142", "+14015550142"), ("(401) 555-0117", "4015550117"), ("", ""), ("n/a", "")]
)
def test_a_phone_number_is_dialled_by_its_digits(phone: str, tel: str) -> None:
    assert dial(phone) == tel


def test_hours_and_address_are_written_for_people() -> None:
    business = Business(hours=("Mo-Fr 08:00-18:00", "Mo,We 09:00-12:00"), street="1 Quay", city="Bristol")
    assert [(line.days, line.times) for line in opening_hours(business)] == [
        ("Mon–Fri", "08:00–18:00"),
        ("Mon, Wed", "09:00–12:00"),
    ]
    free = Business(hours=("Mondays closed", "By appointment", " Sa,Su 09:00-12:00", "Fr"))
    assert [(line.days, line.times) for line in opening_hours(free)] == [
        ("Mondays closed", ""),
        ("By appointment", ""),
        ("Sat, Sun", "09:00–12:00"),
        ("Fr", ""),
    ]
    told = structured_data.business(Site(business=free), "https://clinic.example")
    assert told["openingHours"] == ["Sa,Su 09:00-12:00"]
    assert address_lines(business) == ("1 Quay", "Bristol")
    assert address_lines(Business()) == ()


def test_the_door_of_the_business_is_told_where_it_is_known() -> None:
    there = structured_data.business(
        Site(business=Business(latitude=41.57, longitude=-71.45)), "https://clinic.example"
    )
    assert there["geo"] == {"@type": "GeoCoordinates", "latitude": 41.57, "longitude": -71.45}
    assert "geo" not in structured_data.business(Site(business=Business(latitude=41.57)), "https://clinic.example")
