"""The middle of ratios and differences of paired measurements, with its exact 95 % interval."""

import math


def signed_rank_rank(count):
    """How many Walsh averages lie outside a 95 % interval at either end, from the exact distribution."""
    ways = [1] + [0] * (count * (count + 1) // 2)
    for rank in range(1, count + 1):
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    below, outside = 0, 0
    for total, how_many in enumerate(ways):
        below += how_many
        if below / 2 ** count > 0.025:
            break
        outside = total + 1
    return outside


def middle(values):
    """Hodges-Lehmann estimate and 95 % interval of the middle of `values`; at least six."""
    walsh = sorted((values[i] + values[j]) / 2 for i in range(len(values)) for j in range(i, len(values)))
    half = len(walsh) // 2
    centre = walsh[half] if len(walsh) % 2 else (walsh[half - 1] + walsh[half]) / 2
    outside = signed_rank_rank(len(values))
    return centre, walsh[outside], walsh[-1 - outside]


def interval(ratios):
    """The same of ratios, on their logarithms."""
    return tuple(map(math.exp, middle([math.log(ratio) for ratio in ratios])))
