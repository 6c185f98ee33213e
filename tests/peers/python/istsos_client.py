"""Drives the hub with istsos4-client, which SUPSI wrote for its istSOS server. Usage: istsos_client.py ROOT"""

import sys

from checks import MEASUREMENT, moment, refused, same, time_of, value_of
from istsos4_client import (
    Client,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
    UnitOfMeasurement,
)

OBSERVATIONS = 45


def create(client: Client) -> tuple[Thing, Datastream]:
    place = client.post(
        Location(
            name="istsos: roof",
            description="on the roof",
            encoding_type="application/geo+json",
            location={"type": "Point", "coordinates": [121.49, 31.24, 42.5]},
        )
    )
    thing = client.post(Thing(name="istsos: station", description="made by istsos4-client", locations=[place]))
    same("a thing at a location that exists", isinstance(thing.iot_id, int), True)
    stream = client.post(
        Datastream(
            name="istsos: temperature",
            description="air temperature",
            unit_of_measurement=UnitOfMeasurement(name="degree Celsius", symbol="°C", definition="http://qudt.org/vocab/unit/DEG_C"),
            observation_type=MEASUREMENT,
            thing=thing,
            sensor=Sensor(
                name="istsos: DHT22", description="a sensor", encoding_type="application/pdf", metadata="https://example.org/dht22.pdf"
            ),
            observed_property=ObservedProperty(name="Air temperature", description="of the air", definition="http://example.org/t"),
        )
    )
    same("a series by deep insert", isinstance(stream.iot_id, int), True)
    feature = FeatureOfInterest(
        name="istsos: air",
        description="the air above",
        encoding_type="application/geo+json",
        feature={"type": "Point", "coordinates": [121.49, 31.24]},
    )
    for number in range(OBSERVATIONS):
        time = moment(number)
        observation = Observation(phenomenon_time=time, result_time=time, result=value_of(number), datastream=stream)
        observation.feature_of_interest = feature
        client.post(observation)
        if feature.iot_id is None:
            feature.iot_id = client.list(FeatureOfInterest, filter="name eq 'istsos: air'")[0].iot_id
    return thing, stream


def read(client: Client, thing: Thing, stream: Datastream) -> None:
    found = client.get(Thing, thing.iot_id, expand="Locations")
    same("$expand of locations, with height", found.locations[0].location["coordinates"], [121.49, 31.24, 42.5])
    series = client.get(Datastream, stream.iot_id, expand="Thing,Sensor,ObservedProperty")
    same("$expand of a series", (series.thing.name, series.sensor.name), ("istsos: station", "istsos: DHT22"))
    same("the unit comes back", series.unit_of_measurement.symbol, "°C")
    mine = f"Datastream/id eq {stream.iot_id}"
    listed = client.list(Observation, filter=mine, orderby="phenomenonTime asc", top=8, expand="Datastream")
    same("all pages by nextLink, exact", [one.result for one in listed], [value_of(n) for n in range(OBSERVATIONS)])
    same("times to the millisecond", listed[1].phenomenon_time, moment(1))
    same("each with its series", {one.datastream.iot_id for one in listed}, {stream.iot_id})
    listed = client.list(Observation, filter=f"{mine} and phenomenonTime gt {time_of(40)}", orderby="phenomenonTime desc", select="id,result,phenomenonTime")
    same("$filter, $orderby and $select", [one.result for one in listed], [value_of(n) for n in (44, 43, 42, 41)])
    places = client.list(HistoricalLocation, filter=f"Thing/id eq {thing.iot_id}", expand="Thing,Locations")
    same("where the thing was is kept", [one.locations[0].name for one in places], ["istsos: roof"])


def change(client: Client, thing: Thing, stream: Datastream) -> None:
    thing = client.get(Thing, thing.iot_id)
    thing.description = "moved"
    client.patch(thing)
    same("PATCH", client.get(Thing, thing.iot_id).description, "moved")
    first = client.list(Observation, filter=f"Datastream/id eq {stream.iot_id}", orderby="phenomenonTime asc", top=100)[0]
    client.patch(Observation(iot_id=first.iot_id, result=-1.25))
    same("PATCH of one field", client.get(Observation, first.iot_id).result, -1.25)
    same("the rest stays", client.get(Observation, first.iot_id).phenomenon_time, moment(0))
    client.delete(Observation, first.iot_id)
    refused("a deleted observation is gone", 404, lambda: client.get(Observation, first.iot_id))
    client.delete(Thing, thing.iot_id)
    refused("a deleted thing is gone", 404, lambda: client.get(Thing, thing.iot_id))


def main() -> None:
    with Client(sys.argv[1], max_retries=0) as client:
        refused("a filter that cannot be read", 400, lambda: client.list(Thing, filter="name eq"))
        thing, stream = create(client)
        read(client, thing, stream)
        change(client, thing, stream)
    print("ALL OK istsos4-client")


main()
