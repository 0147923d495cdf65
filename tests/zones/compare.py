"""Compares the buckets that the server at WELL_URL cuts with the clocks of zoneinfo."""

import json
import os
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Around changes that were odd: local time ends, half hours, days left out or shown twice, rules of this year.
SPANS = {
    "HOUR": ["1883-11-18", "1911-03-11", "1940-05-16", "1972-01-07", "1981-10-01", "1993-08-21", "2010-03-14",
             "2010-11-07", "2011-12-30", "2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25",
             "2026-11-01", "2044-10-30"],
    "DAY": ["1850-06-01", "1892-07-04", "1941-08-15", "1969-10-01", "1995-01-01", "2018-11-04", "2026-11-01"],
    "WEEK": ["1945-08-14", "2026-10-28"],
    "MONTH": ["1918-10-27", "2026-10-28"],
}
LENGTHS = {"HOUR": timedelta(days=2), "DAY": timedelta(days=9), "WEEK": timedelta(days=30), "MONTH": timedelta(days=100)}


ODD = {
    "Africa/Monrovia", "America/Havana", "America/Juneau", "America/Santiago", "America/St_Johns", "America/Vancouver",
    "Antarctica/Troll", "Asia/Manila", "Australia/Lord_Howe", "Europe/Amsterdam", "Europe/Dublin", "Pacific/Apia",
    "Pacific/Kwajalein",
}


def ask(query):
    body = json.dumps({"query": query}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ["WELL_TOKEN_GUEST"]}
    request = urllib.request.Request(os.environ["WELL_URL"] + "/graphql", body, headers)
    answer = json.load(urllib.request.urlopen(request))
    assert "errors" not in answer, answer
    return answer["data"]["workspaceConnectorSyncLogs"]["statistics"]


def text(moment):
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def asked(zone, spans):
    """What the server says of a zone, by bucket and span."""
    fields = [
        f'_{index}: series(bucket: {bucket}, timezone: {json.dumps(zone)}, from: "{text(first)}", '
        f'to: "{text(last)}") {{ start }}'
        for index, (bucket, first, last) in enumerate(spans)
    ]
    found = ask("{ workspaceConnectorSyncLogs { statistics { " + " ".join(fields) + " } } }")
    return [[bucket["start"] for bucket in found[f"_{index}"]] for index in range(len(spans))]


def unit(bucket, shown):
    """Which hour, or which first day of a bucket, the clock shows."""
    if bucket == "HOUR":
        return shown.replace(minute=0, second=0, microsecond=0)
    day = shown.date()
    return {"DAY": day, "WEEK": day - timedelta(days=day.weekday()), "MONTH": day.replace(day=1)}[bucket]


def clock(zone, moment):
    return moment.astimezone(zone).replace(tzinfo=None)


def expected(bucket, zone, first, last):
    """When buckets begin: found by going through time, with nothing known of changes."""
    before = {"HOUR": 2 * DAY, "DAY": 3 * DAY, "WEEK": 9 * DAY, "MONTH": 35 * DAY}[bucket]
    starts, moment, step = [], first - before, timedelta(minutes=15)
    latest = unit(bucket, clock(zone, moment))

    def pass_to(moment, before):
        """Notes a start where the clock gets to something new from one moment to the next."""
        nonlocal latest
        shown = clock(zone, moment)
        now = unit(bucket, shown)
        if bucket == "HOUR":
            begins = shown == now or now > unit(bucket, clock(zone, before))
        else:
            begins = now > latest
            latest = max(latest, now)
        if begins:
            starts.append(moment)

    while moment < last:
        shown, after = clock(zone, moment), moment + step
        if clock(zone, after) - shown != step:
            # Within this quarter of an hour the clock changes.
            for second in range(1, int(step.total_seconds()) + 1):
                pass_to(moment + timedelta(seconds=second), moment + timedelta(seconds=second - 1))
        else:
            # It goes on evenly, to the next full hour at the most.
            full = unit("HOUR", clock(zone, after))
            if full > shown:
                pass_to(moment + (full - shown), moment)
        moment = after
    of_first = max((start for start in starts if start <= first), default=None)
    return [text(start) for start in starts if start < last and (start > first or start == of_first)]


def main(browsers):
    names = sorted(set(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"})
    engines = sorted(set(open(browsers).read().split()) - set(names))
    if engines:
        print("Known to the JavaScript engine, but not to tzdata:", *engines)
    spans = []
    for bucket, days in SPANS.items():
        for day in days:
            middle = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=7, minutes=11)
            spans.append((bucket, middle - LENGTHS[bucket] / 2, middle + LENGTHS[bucket] / 2))
    # Going through time takes a while, so of the zones without oddities only some are compared in all of it.
    every = int(os.environ.get("WELL_ZONES_EVERY", "12"))
    thorough = ODD | set(names[::every])
    compared, wrong = 0, 0
    for name in names + engines:
        chosen = spans if name in thorough else spans[:1]
        found = asked(name, chosen)
        if name in engines:
            continue
        zone = ZoneInfo(name)
        for span, ours in zip(chosen, found, strict=True):
            theirs = expected(span[0], zone, span[1], span[2]) if name in thorough else None
            compared += theirs is not None
            if theirs is not None and ours != theirs:
                wrong += 1
                print(f"{name} {span[0]} {span[1]}: {ours} instead of {theirs}")
    print(f"{len(names)} names are known; of {compared} series {wrong} differ")
    sys.exit(wrong > 0 or not compared)


main(sys.argv[1])
