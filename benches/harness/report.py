"""The result as Markdown."""

from statistics import median

from .load import Limit
from .processes import describe_machine


def _middle(results, what):
    return median(getattr(result, what) for result in results)


def heading(cluster, options, others):
    """On what it was measured, and how."""
    lines = [
        f"{describe_machine()}; PostgreSQL {cluster.version()}; {options.connections} connections; "
        f"medians of {options.rounds} rounds of {options.seconds} s, systems by turns.",
    ]
    if others > 0.1:
        lines.append(f"Other programs used {others:.1f} cores meanwhile: trust the CPU times and the ratios, not the rates.")
    return "\n".join(lines) + "\n"


def table(workload, measured, statements, first):
    """A workload's systems, one in a line; ratios are those of the first system to each."""
    unit = "pairs" if workload.mutates else "requests"
    limit = next((results for name, results in measured.items() if name == Limit.name), None)
    base = _middle(measured[first], "per_second")
    lines = [
        f"### {workload.name.upper()}: {workload.title}\n",
        f"| | {unit}/s | p50 ms | p99 ms | CPU s per 1,000: system + PostgreSQL | statements | of the limit | {first} is |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, results in measured.items():
        rate = _middle(results, "per_second")
        cells = [
            name, f"{rate:,.0f}", f"{_middle(results, 'p50_ms'):.1f}", f"{_middle(results, 'p99_ms'):.1f}",
            f"{_middle(results, 'system_cpu'):.3f} + {_middle(results, 'postgres_cpu'):.3f}",
            f"{statements[name]:.1f}" if name in statements else "",
            f"{rate / _middle(limit, 'per_second'):.0%}" if limit else "",
            f"{base / rate:.2f}×" if name != first else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
