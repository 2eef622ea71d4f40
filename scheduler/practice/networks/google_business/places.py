"""Whose location it is: the Google account behind a practice account, its verified location and one that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.google_answers import bad_fields, forbidden, not_found
from scheduler.practice.networks.google_business.rules import validation_error
from scheduler.practice.store import PracticeStore

NETWORK_NAME = "google_business"
SCOPE = "https://www.googleapis.com/auth/business.manage"
LOCATION_FIELDS = (
    "name",
    "languageCode",
    "storeCode",
    "title",
    "phoneNumbers",
    "categories",
    "storefrontAddress",
    "websiteUri",
    "regularHours",
    "specialHours",
    "serviceArea",
    "labels",
    "adWordsLocationExtensions",
    "latlng",
    "openInfo",
    "metadata",
    "profile",
    "relationshipData",
    "moreHours",
    "serviceItems",
)
UNVERIFIED_SUFFIX = "9"
LARGEST_ACCOUNTS_PAGE = 20
DEFAULT_LOCATIONS_PAGE = 10
LARGEST_LOCATIONS_PAGE = 100

Json = dict[str, Any]
SignedIn = Callable[[], PracticeAccount]


def account_number(account: PracticeAccount) -> str:
    """Return the number of the Google account that owns a practice account's location."""
    return f"1{account.public_id}"


class Places:
    """The accounts and locations of the person whose token a request carries."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn) -> None:
        """Ask `signed_in` for the practice account of the request."""
        self._store = store
        self._signed_in = signed_in

    def accounts(self) -> Response:
        """GET v1/accounts."""
        account = self._signed_in()
        _page_size(LARGEST_ACCOUNTS_PAGE, LARGEST_ACCOUNTS_PAGE)
        return jsonify(accounts=[_account_json(account)])

    def locations(self, account_id: str) -> Response:
        """GET v1/accounts/{A}/locations; without readMask it is refused."""
        account = self._signed_in()
        if account_id not in ("-", account_number(account)):
            raise forbidden()
        mask = _read_mask()
        found = [_location_json(account, verified) for verified in (True, False)]
        size, start = _page_size(DEFAULT_LOCATIONS_PAGE, LARGEST_LOCATIONS_PAGE), _start(len(found))
        page = [{name: one[name] for name in one if name in mask} for one in found[start : start + size]]
        answer: Json = {"locations": page, "totalSize": len(found)}
        return jsonify(answer | ({"nextPageToken": str(start + size)} if start + size < len(found) else {}))

    def mine(self, account_id: str, location_id: str) -> PracticeAccount:
        """Return the practice account when the location is one of the person's, else raise."""
        account = self._signed_in()
        known = (account.public_id, account.public_id + UNVERIFIED_SUFFIX)
        if account_id != account_number(account) or location_id not in known:
            raise not_found()
        return account

    def for_posting(self, account_id: str, location_id: str) -> PracticeAccount:
        """Return the practice account when its location may post; the unverified one may not."""
        account = self.mine(account_id, location_id)
        if location_id != account.public_id:
            detail = {"code": 1307, "field": "", "message": "LOCATION_DISABLED_FOR_LOCAL_POST_API", "value": ""}
            raise validation_error([detail], "FAILED_PRECONDITION")
        return account

    def by_location(self, location_id: str) -> PracticeAccount:
        """Return the practice account of `locations/{L}`, as the newer APIs write it."""
        account = self._signed_in()
        if location_id != account.public_id:
            raise not_found()
        return account

    def path_of(self, account: PracticeAccount) -> str:
        """Return the location's name in the v4 API, which the newer APIs do not give."""
        return f"accounts/{account_number(account)}/locations/{account.public_id}"


def _account_json(account: PracticeAccount) -> Json:
    return {
        "name": f"accounts/{account_number(account)}",
        "accountName": account.name,
        "type": "PERSONAL",
        "role": "PRIMARY_OWNER",
        "verificationState": "UNVERIFIED",
        "vettedState": "NOT_VETTED",
    }


def _location_json(account: PracticeAccount, verified: bool) -> Json:
    number = account.public_id if verified else account.public_id + UNVERIFIED_SUFFIX
    place = f"ChIJpractice{number}"
    metadata: Json = {"placeId": place, "mapsUri": f"https://maps.google.com/maps?cid={number}", "canDelete": True}
    if verified:
        metadata |= {"hasVoiceOfMerchant": True, "newReviewUri": f"https://search.google.com/local/writereview?{place}"}
    return {
        "name": f"locations/{number}",
        "languageCode": "en",
        "storeCode": account.handle if verified else f"{account.handle}-new",
        "title": account.name if verified else f"{account.name} (not verified yet)",
        "storefrontAddress": {
            "regionCode": "US",
            "languageCode": "en",
            "postalCode": "12345",
            "administrativeArea": "NY",
            "locality": "Practice",
            "addressLines": [f"{account.id} Harbor Street" if verified else f"{account.id} Mill Lane"],
        },
        "metadata": metadata,
    }


def _read_mask() -> set[str]:
    names = [name.strip() for name in request.args.get("readMask", "").split(",") if name.strip()]
    if not names:
        raise bad_fields({"read_mask": "Missing field mask: read_mask is required."})
    heads = {_camel(name.partition(".")[0]) for name in names}
    unknown = heads - set(LOCATION_FIELDS)
    if unknown:
        raise bad_fields({"read_mask": f"Invalid field mask provided: {', '.join(sorted(unknown))}."})
    return heads


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _page_size(default: int, largest: int) -> int:
    size = request.args.get("pageSize", default, int)
    if not 1 <= size <= largest:
        raise bad_fields({"page_size": f"page_size must be 1 to {largest}."})
    return size


def _start(total: int) -> int:
    token = request.args.get("pageToken", "0")
    if not token.isdecimal() or int(token) > total:
        raise bad_fields({"page_token": "Invalid page token."})
    return int(token)
