"""Fills a SensorThings server through its own API: 3 things, 6 series, 200 observations. Usage: fill.py ROOT [deep|linked]

ROOT ends in /v1.0 or /v1.1. `deep` (usual) creates a thing with its location by one request, `linked` links to entities that
exist, and gives positions as features. Prints one line of JSON: what a client has to find there.
"""

import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

PLACES = [
    ("外滩水位", 121.4903, 31.2397),
    ("Suzhou Creek \"north\" bank", 121.4737, 31.2461),
    ("Parc d'été", -0.5792, 44.8378),
]
KINDS = [
    ("Water level", "metre", "m", "http://qudt.org/vocab/unit/M"),
    ("Air temperature", "degree Celsius", "°C", "http://qudt.org/vocab/unit/DEG_C"),
]
OBSERVATIONS = 200


def ask(method: str, address: str, body: object = None) -> tuple[object, str]:
    """The answer's JSON and its Location."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return (json.loads(text) if text else None), answer.headers.get("Location") or ""
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {address}: {error.code} {error.read()[:500]!r}") from error


def identity(answer: object, location: str) -> object:
    """The identity that the server gave, from its answer or its Location."""
    if isinstance(answer, dict) and "@iot.id" in answer:
        return answer["@iot.id"]
    text = location[location.rindex("(") + 1 : location.rindex(")")]
    return text.strip("'") if text.startswith("'") or not text.isdigit() else int(text)


def create(root: str, name: str, body: object) -> object:
    return identity(*ask("POST", f"{root}/{name}", body))


def value_of(number: int) -> float:
    """A value whose shortest text is not trivial, and that must arrive exactly."""
    return (number * 7919 % 1000) / 8.0 + number * 1e-9


def shape(lon: float, lat: float, is_feature: bool) -> dict:
    """A GeoJSON point; the standard also allows a feature, and some servers want one."""
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": {}} if is_feature else point


def location_body(name: str, lon: float, lat: float, is_feature: bool) -> dict:
    return {
        "name": name,
        "description": "where it is",
        "encodingType": "application/geo+json",
        "location": shape(lon, lat, is_feature),
    }


def fill(root: str, is_linked: bool) -> dict:
    sensor = create(
        root,
        "Sensors",
        {
            "name": "gauge",
            "description": "a gauge",
            "encodingType": "application/pdf",
            "metadata": "https://example.org/gauge.pdf",
        },
    )
    properties = [
        create(root, "ObservedProperties", {"name": name, "description": name, "definition": definition})
        for name, _, _, definition in KINDS
    ]
    things, series = [], []
    for name, lon, lat in PLACES:
        place = location_body(name, lon, lat, is_linked)
        body = {"name": name, "description": "of a test", "properties": {"owner": "city"}}
        body["Locations"] = [{"@iot.id": create(root, "Locations", place)} if is_linked else place]
        thing = create(root, "Things", body)
        things.append({"id": thing, "name": name, "lon": lon, "lat": lat})
        for (kind, unit, symbol, definition), observed in zip(KINDS, properties):
            body = {
                "name": f"{kind} of {name}",
                "description": kind,
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": {"name": unit, "symbol": symbol, "definition": definition},
                "Thing": {"@iot.id": thing},
                "Sensor": {"@iot.id": sensor},
                "ObservedProperty": {"@iot.id": observed},
            }
            stream = create(root, "Datastreams", body)
            series.append({"id": stream, "name": body["name"], "thing": thing, "unit": symbol, "property": kind})
    feature = create(
        root,
        "FeaturesOfInterest",
        {
            "name": "the river",
            "description": "what is observed",
            "encodingType": "application/geo+json",
            "feature": shape(121.49, 31.24, is_linked),
        },
    )
    began = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=2)
    observations = []
    for number in range(OBSERVATIONS):
        stream = series[number % len(series)]["id"]
        time = began + timedelta(seconds=30 * number, milliseconds=125)
        observations.append(observe(root, stream, feature, time, value_of(number)))
    return {
        "things": things,
        "series": series,
        "observations": observations,
        "feature": feature,
    }


def observe(root: str, stream: object, feature: object, time: datetime, value: float) -> dict:
    text = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {
        "phenomenonTime": text,
        "resultTime": text,
        "result": value,
        "Datastream": {"@iot.id": stream},
        "FeatureOfInterest": {"@iot.id": feature},
    }
    ask("POST", f"{root}/Observations", body)
    return {"series": stream, "time_ms": round(time.timestamp() * 1000), "value": value}


def main() -> None:
    root = sys.argv[1].rstrip("/")
    if len(sys.argv) > 2 and sys.argv[2] == "more":
        # fill.py ROOT more SERIES FEATURE VALUE: one more observation, of now.
        stream, feature, value = (json.loads(text) for text in sys.argv[3:6])
        print(json.dumps(observe(root, stream, feature, datetime.now(timezone.utc), value)))
        return
    print(json.dumps(fill(root, "linked" in sys.argv[2:]), ensure_ascii=False))


if __name__ == "__main__":
    main()
