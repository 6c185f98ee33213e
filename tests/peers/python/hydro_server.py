"""Runs hydroserver-sensorthings: its own routes, schemas, expansion, paging and data arrays. Usage: hydro_server.py PORT

The package leaves the storage to whoever uses it; here that is `MemoryEngine`, a few tables in memory. Identities are numbers.
"""

import re
import sys
import threading

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DEBUG=False,
    SECRET_KEY="of a test",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=[],
    MIDDLEWARE=["sensorthings.middleware.SensorThingsMiddleware"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="UTC",
    ST_API_PREFIX="api/sensorthings",
    ST_API_ID_TYPE=int,
    ST_API_ID_QUALIFIER="",
    # Without it, the package answers the root with 500.
    PROXY_BASE_URL=f"http://127.0.0.1:{sys.argv[1]}",
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"err": {"class": "logging.StreamHandler"}},
        "loggers": {"django.request": {"handlers": ["err"], "level": "ERROR"}},
    },
)
django.setup()

from dateutil.parser import isoparse  # noqa: E402
from django.urls import path  # noqa: E402
from ninja.errors import HttpError  # noqa: E402
from odata_query import ast  # noqa: E402
from sensorthings import SensorThingsAPI  # noqa: E402
from sensorthings.engine import SensorThingsBaseEngine  # noqa: E402
from sensorthings.extensions.dataarray import DataArrayBaseEngine, data_array_extension  # noqa: E402

LOCK = threading.Lock()
# One table for each kind of entity, by the name of the argument that the engine is asked by.
TABLES: dict[str, dict[int, dict]] = {
    name: {}
    for name in (
        "thing",
        "location",
        "historical_location",
        "datastream",
        "sensor",
        "observed_property",
        "feature_of_interest",
        "observation",
    )
}
# What the methods of the base class are called.
PLURALS = {
    name: {"observed_property": "observed_properties", "feature_of_interest": "features_of_interest"}.get(name, f"{name}s")
    for name in TABLES
}
LINKS = ("thing", "sensor", "observed_property", "datastream", "feature_of_interest")
MANY = {"locations": "location_ids", "things": "thing_ids", "historical_locations": "historical_location_ids"}


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def field_of(node: ast._Node, entity: dict) -> object:
    """What an operand of a filter is for `entity`."""
    if isinstance(node, ast.Identifier):
        return entity.get(snake(node.name))
    if isinstance(node, ast.Attribute) and node.attr == "id":
        name = snake(node.owner.name)
        return entity.get(f"{name}_id", entity.get(f"{name}_ids"))
    if isinstance(node, ast.DateTime):
        return node.val
    if isinstance(node, (ast.Integer, ast.Float, ast.String, ast.GUID)):
        return node.val
    raise HttpError(422, "this filter is not known here")


def ordered(value: object) -> object:
    """Something that orders as the value does."""
    text = str(value)
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return isoparse(text.split("/")[0]).timestamp()
    except ValueError:
        return text


def holds(node: ast._Node, entity: dict) -> bool:
    if isinstance(node, ast.BoolOp):
        left, right = holds(node.left, entity), holds(node.right, entity)
        return (left and right) if isinstance(node.op, ast.And) else (left or right)
    if isinstance(node, ast.Compare):
        left, right = field_of(node.left, entity), field_of(node.right, entity)
        if left is None:
            return False
        if isinstance(left, list):
            return str(right) in [str(one) for one in left]
        left, right = ordered(left), ordered(right)
        return {
            ast.Eq: left == right,
            ast.NotEq: left != right,
            ast.Lt: left < right,
            ast.LtE: left <= right,
            ast.Gt: left > right,
            ast.GtE: left >= right,
        }[type(node.comparator)]
    raise HttpError(422, "this filter is not known here")


class Tables:
    """The storage that the package asks for."""

    def _get(self, kind, pagination=None, ordering=None, filters=None, **references):
        with LOCK:
            found = [dict(entity) for entity in TABLES[kind].values()]
        # In nested paths the package passes an identity on as the text that it is there.
        by = {
            name: {int(one) for one in ids if one is not None}
            for name, ids in references.items()
            if name.endswith("_ids") and ids is not None
        }
        for name, ids in by.items():
            own = "id" if name == f"{kind}_ids" else name[:-1]
            found = [
                entity
                for entity in found
                if (ids.intersection(entity[name]) if name in entity else entity.get(own) in ids)
            ]
        if filters is not None:
            found = [entity for entity in found if holds(filters, entity)]
        for order in reversed(ordering or []):
            field = snake(order["field"].replace("/", "_"))
            found.sort(key=lambda entity: ordered(entity.get(field)), reverse=order["direction"] == "desc")
        count = len(found)
        if pagination and not by:
            skip, top = pagination["skip"], pagination["top"]
            found = found[skip : skip + top]
        return {entity["id"]: entity for entity in found}, count

    def _create(self, kind, body):
        fields = {name: value for name, value in body.dict().items() if name not in LINKS and name not in MANY}
        for name in LINKS:
            link = getattr(body, name, None)
            if link is not None:
                fields[f"{name}_id"] = link.id
        if kind == "observation" and "feature_of_interest_id" not in fields:
            fields["feature_of_interest_id"] = None
        for name, key in MANY.items():
            if hasattr(body, name):
                fields[key] = [link.id for link in getattr(body, name)]
        fields = {name: value for name, value in fields.items() if not (name in ("datastreams", "observations"))}
        with LOCK:
            identity = len(TABLES[kind]) + 1
            TABLES[kind][identity] = {"id": identity, **fields}
            if kind == "thing":
                for location in fields.get("location_ids", []):
                    if location not in TABLES["location"]:
                        raise HttpError(422, "no such location")
                    TABLES["location"][location].setdefault("thing_ids", []).append(identity)
        return identity

    def _update(self, kind, identity, body):
        fields = body.dict(exclude_unset=True)
        with LOCK:
            if identity not in TABLES[kind]:
                raise HttpError(404, "no such entity")
            TABLES[kind][identity].update({k: v for k, v in fields.items() if k not in LINKS and k not in MANY})

    def _delete(self, kind, identity):
        with LOCK:
            if TABLES[kind].pop(identity, None) is None:
                raise HttpError(404, "no such entity")

    def create_observations(self, observations):
        return [self._create("observation", body) for group in observations.values() for body in group]


def methods() -> dict:
    made = {}
    for kind, plural in PLURALS.items():
        made[f"get_{plural}"] = lambda self, kind=kind, **asked: self._get(kind, **asked)
        made[f"create_{kind}"] = lambda self, body, kind=kind: self._create(kind, body)
        made[f"update_{kind}"] = lambda self, identity, body, kind=kind: self._update(kind, identity, body)
        made[f"delete_{kind}"] = lambda self, identity, kind=kind: self._delete(kind, identity)
    return made


MemoryEngine = type("MemoryEngine", (Tables, SensorThingsBaseEngine, DataArrayBaseEngine), methods())

api = SensorThingsAPI(engine=MemoryEngine, extensions=[data_array_extension])
urlpatterns = [path("api/sensorthings/v1.1/", api.urls)]

if __name__ == "__main__":
    call_command("runserver", f"127.0.0.1:{sys.argv[1]}", use_reloader=False, verbosity=0)
