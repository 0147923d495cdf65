"""What process trees have used, read from /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _stat(pid):
    # The name, in brackets, may hold blanks.
    text = Path(f"/proc/{pid}/stat").read_text()
    return [int(field) for field in text[text.rindex(")") + 2:].split()[1:]]


def _tree(root):
    """The fields of /proc/<pid>/stat, from the parent on, of the process and of all that descend from it."""
    found, children = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = fields = _stat(entry)
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(fields[0], []).append(int(entry))
    todo, tree = [root], []
    while todo:
        pid = todo.pop()
        if pid in found:
            tree.append(found[pid])
            todo += children.get(pid, [])
    return tree


def cpu_seconds(root):
    """User and system time of the tree so far, with that of its processes that have ended."""
    return sum(sum(fields[10:14]) for fields in _tree(root)) / TICKS


def resident_bytes(root):
    """The resident memory of the tree; pages that processes share are counted for each."""
    return sum(fields[20] for fields in _tree(root)) * PAGE


def machine_busy_seconds():
    """The time in which the machine's processors did not idle, so far, over all programs."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def describe_machine():
    """Processors and memory, in a line."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), os.uname().machine)
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    return f"{os.cpu_count()} cores ({model}), {kilobytes / 2**20:.0f} GiB RAM, {os.uname().sysname}"
