"""The promise under made-up disasters: the real engine on a virtual clock, with faults at every durable step.

One seed is one world: a few accounts on imitated platforms, some worker processes, some people, and weights that say
which disasters this world likes (a swarm). Every turn is drawn from the seed, so a failing world is replayed exactly:

    python -m tests.simulation --seeds 10000          # search (use --jobs 2 for two processes)
    python -m tests.simulation --first 4711 --seeds 1 --story

`options` draws a world's temper, `turns` lets tasks take turns, `book` is what the platforms really show (the judge's
evidence), `networks` the imitated platforms, `judge` the promise, `processes` the workers, `people` the people, `world`
puts them together and plays one seed.
"""
