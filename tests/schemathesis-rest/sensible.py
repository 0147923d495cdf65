"""Makes generated requests ones that get somewhere: ids that there are, few parameters, bodies about the row."""

import re
from random import Random

from json_api import Json

RARE = {"cursor", "page[after]", "page[before]", "page[size]", "limit"}
"""Parameters that are seldom kept: most values of them are refused, or contradict each other."""


class Requests:
    """What is known of the rows that a request can be about."""

    def __init__(self, ids: dict[str, list[str]], foreign: list[str], links: dict[str, dict[str, str]]) -> None:
        self.ids, self.foreign, self.links = ids, foreign, links

    def id(self, type_: str, random: Random, otherwise: Json) -> Json:
        """Mostly the id of a row, now and then of another workspace's, or what stood there."""
        chance = random.random()
        if chance < 0.8 and self.ids.get(type_):
            return random.choice(self.ids[type_])
        return random.choice(self.foreign) if chance < 0.9 else otherwise

    def query(self, type_: str, query: dict[str, Json], random: Random) -> dict[str, Json]:
        """A few of the parameters, about what there is."""
        names = [name for name in query if name not in RARE or random.random() < 0.1]
        kept = {name: query[name] for name in random.sample(names, min(len(names), random.randrange(4)))}
        for name, value in kept.items():
            about = re.match(r"filter\[(\w+)\](?!\[is_null\])", name)
            target = about and self.target(type_, about.group(1))
            if name == "include":
                kept[name] = self.include(type_, random)
            elif target and isinstance(value, list):
                kept[name] = [self.id(target, random, item) for item in value]
            elif target:
                kept[name] = self.id(target, random, value)
        return kept

    def target(self, type_: str, filter_: str) -> str | None:
        """The type of what a filter by id is about."""
        if filter_ == "id":
            return type_
        known = {
            **self.links[type_],
            "person": "people",
            "sourced_from": "workspace_connector",
            "routed_to": "workspace_connector",
        }
        return known.get(filter_)

    def include(self, type_: str, random: Random) -> list[Json]:
        paths = []
        for _ in range(random.randrange(3)):
            if self.links[type_]:
                name, behind = random.choice(list(self.links[type_].items()))
                further = list(self.links[behind])
                paths.append(f"{name}.{random.choice(further)}" if further and random.random() < 0.5 else name)
        return paths

    def body(self, type_: str, id_: Json, body: Json, random: Random) -> Json:
        """A document about the row of the address, whose relationships lead to rows."""
        data = body.get("data") if isinstance(body, dict) else None
        if isinstance(data, list):
            return {**body, "data": [self.resource(type_, None, item, random) for item in data[:5]]}
        return {**body, "data": self.resource(type_, id_, data, random)} if isinstance(data, dict) else body

    def resource(self, type_: str, id_: Json, data: Json, random: Random) -> Json:
        if not isinstance(data, dict):
            return data
        made = {name: data[name] for name in ("type", "attributes", "relationships") if name in data}
        if "id" in data and id_ is not None:
            made["id"] = id_
        links = made.get("relationships")
        if isinstance(links, dict):
            known = {name: link for name, link in links.items() if name in self.links[type_]}
            made["relationships"] = {
                name: self.linkage(self.links[type_][name], link, random) for name, link in known.items()
            }
        return made

    def linkage(self, type_: str, link: Json, random: Random) -> Json:
        if not isinstance(link, dict) or link.get("data") is None and random.random() < 0.3:
            return link
        return {"data": {"type": type_, "id": self.id(type_, random, "00000000-0000-4000-8000-000000000000")}}
