"""Drives the hub with frost-sta-client, which Fraunhofer IOSB wrote for its FROST server. Usage: frost_client.py ROOT"""

import sys
from datetime import datetime

import frost_sta_client as fsc
from checks import MEASUREMENT, moment, refused, same, time_of, value_of
from frost_sta_client.model.ext.data_array_document import DataArrayDocument
from frost_sta_client.model.ext.data_array_value import DataArrayValue
from geojson import Point

OBSERVATIONS = 60


def datastream() -> fsc.Datastream:
    return fsc.Datastream(
        name="frost: level",
        description="water level",
        observation_type=MEASUREMENT,
        unit_of_measurement=fsc.UnitOfMeasurement("metre", "m", "http://qudt.org/vocab/unit/M"),
        properties={"period_s": 60},
        sensor=fsc.Sensor(
            name="frost: gauge",
            description="a radar gauge",
            encoding_type="application/pdf",
            metadata="https://example.org/gauge.pdf",
        ),
        observed_property=fsc.ObservedProperty(
            name="Water level", definition="http://qudt.org/vocab/quantitykind/Depth", description="depth of water"
        ),
    )


def create(service: fsc.SensorThingsService) -> tuple[fsc.Thing, fsc.Datastream]:
    thing = fsc.Thing(
        name="frost: 苏州河 'gauge' & co",
        description="made by frost-sta-client",
        properties={"owner": "city", "depth": {"of": 3}},
        locations=[
            fsc.Location(
                name="frost: bank",
                description="left bank",
                encoding_type="application/geo+json",
                location=Point((121.4737, 31.2461)),
            )
        ],
    )
    service.create(thing)
    same("a thing with its location gets an identity", isinstance(thing.id, int), True)
    stream = datastream()
    stream.thing = fsc.Thing(id=thing.id)
    service.create(stream)
    same("a series with its sensor and what it observes", isinstance(stream.id, int), True)
    return thing, stream


def observe(service: fsc.SensorThingsService, stream: fsc.Datastream) -> None:
    for number in range(OBSERVATIONS // 2):
        observation = fsc.Observation(
            phenomenon_time=time_of(number),
            result_time=time_of(number),
            result=value_of(number),
            datastream=fsc.Datastream(id=stream.id),
        )
        service.create(observation)
    group = DataArrayValue()
    group.datastream = fsc.Datastream(id=stream.id)
    group.components = [DataArrayValue.Property.PHENOMENON_TIME, DataArrayValue.Property.RESULT]
    for number in range(OBSERVATIONS // 2, OBSERVATIONS):
        group.add_observation(fsc.Observation(phenomenon_time=time_of(number), result=value_of(number)))
    document = DataArrayDocument()
    document.add_data_array_value(group)
    made = service.observations().create(document)
    same("observations by a data array", len(made), OBSERVATIONS // 2)


def read(service: fsc.SensorThingsService, thing: fsc.Thing, stream: fsc.Datastream) -> None:
    found = service.things().find(thing.id)
    same("the thing's name comes back", found.name, thing.name)
    same("the thing's properties come back", found.properties, thing.properties)
    listed = service.things().query().filter(f"name eq '{thing.name.replace(chr(39), chr(39) * 2)}'").list()
    same("$filter by a name with quotes", [one.id for one in listed], [thing.id])
    near = "st_within(Locations/location, geography'POLYGON((121 31,122 31,122 32,121 32,121 31))')"
    listed = service.things().query().filter(f"id eq {thing.id} and {near}").list()
    same("$filter by where it is", [one.id for one in listed], [thing.id])
    expanded = service.things().query().filter(f"id eq {thing.id}").expand("Locations,Datastreams($expand=Sensor)").list()
    one = expanded.get(0)
    same("$expand of locations", list(one.locations.get(0).location["coordinates"]), [121.4737, 31.2461])
    same("$expand of series and their sensors", one.datastreams.get(0).sensor.name, "frost: gauge")
    same("the unit comes back", one.datastreams.get(0).unit_of_measurement.symbol, "m")
    series = service.datastreams().find(stream.id)
    observations = series.get_observations().query()
    page = observations.orderby("phenomenonTime", "asc").top(7).count().list()
    same("$count", page.count, OBSERVATIONS)
    same("$top", len(page.entities), 7)
    values = [one.result for one in page]
    same("all pages by nextLink, in order, exact", values, [value_of(number) for number in range(OBSERVATIONS)])
    newest = series.get_observations().query().orderby("phenomenonTime", "desc").top(1).list()
    same("$orderby desc", newest.get(0).result, value_of(OBSERVATIONS - 1))
    skipped = series.get_observations().query().orderby("phenomenonTime", "asc").skip(5).top(2).list()
    same("$skip", [one.result for one in skipped.entities], [value_of(5), value_of(6)])
    later = f"phenomenonTime ge {time_of(30)} and result lt {value_of(40)}"
    filtered = series.get_observations().query().filter(later).orderby("result", "asc").list()
    same("$filter by time and result", [one.result for one in filtered], [value_of(n) for n in range(30, 40)])
    times = series.get_observations().query().select("phenomenonTime").orderby("phenomenonTime", "asc").top(1).list()
    same("$select", datetime.fromisoformat(times.get(0).phenomenon_time), moment(0))


def change(service: fsc.SensorThingsService, thing: fsc.Thing, stream: fsc.Datastream) -> None:
    thing.description = "moved to the right bank"
    thing.locations = None
    service.update(thing)
    same("PUT", service.things().find(thing.id).description, "moved to the right bank")
    service.patch(thing, [{"op": "replace", "path": "/properties/owner", "value": "district"}])
    same("PATCH by JSON Patch (RFC 6902)", service.things().find(thing.id).properties["owner"], "district")
    first = service.datastreams().find(stream.id).get_observations().query().orderby("phenomenonTime", "asc").top(1).list().get(0)
    service.delete(first)
    refused("a deleted observation is gone", 404, lambda: service.observations().find(first.id))
    left = service.datastreams().find(stream.id).get_observations().query().top(1).count().list()
    same("one observation less", left.count, OBSERVATIONS - 1)
    service.delete(thing)
    refused("a deleted thing is gone", 404, lambda: service.things().find(thing.id))
    refused("its series is gone with it", 404, lambda: service.datastreams().find(stream.id))


def main() -> None:
    service = fsc.SensorThingsService(sys.argv[1])
    refused("a thing without a name", 400, lambda: service.create(fsc.Thing(description="nameless")))
    thing, stream = create(service)
    observe(service, stream)
    read(service, thing, stream)
    change(service, thing, stream)
    print("ALL OK frost-sta-client")


main()
