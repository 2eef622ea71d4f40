"""What may happen in the next turn of a world, and how likely each thing is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from scheduler.services.delivery import roll_call
from tests.simulation.processes import WorkerProcess
from tests.simulation.turns import Task

if TYPE_CHECKING:
    from tests.simulation.world import World

MINUTE, HOUR = 60_000, 3_600_000
Act = Callable[[], None]


class Fate:
    """Knows what may happen now."""

    def __init__(self, world: World) -> None:
        self._world = world

    def possible(self) -> list[tuple[Act, float]]:
        """Return everything that may happen now, with its weight."""
        world, options = self._world, self._world.options
        working = [each for each in world.processes if each.started and not each.frozen]
        acts: list[tuple[Act, float]] = [(self._time_passes, 2.0)]
        if world.turns.ready():
            acts.append((self._somebody_goes_on, 6.0))
        if working:
            acts.append((self._a_job_starts, 4.0))
        if len(world.processes) < options.workers:
            acts.append((self.a_worker_starts, 1.5))
        acts += [(self._a_worker_is_killed, options.kill / 2)] if world.processes else []
        acts += [(self._a_worker_freezes, options.freeze)] if working else []
        acts += [(self._a_worker_thaws, 1.0)] if any(each.frozen for each in world.processes) else []
        if options.workers > 1 and working:
            acts += [(self._a_worker_is_cut_off, options.cut)]
        acts += [(self._the_machine_sleeps, options.suspend / 3), (self._a_platform_goes_down, options.outage / 2)]
        acts += [(self._the_clock_steps, options.clock_step / 2)]
        acts += [(world.people.act, options.person), (world.people.schedule_one, options.new)]
        return acts

    def _somebody_goes_on(self) -> None:
        self._world.go_on(self._world.pick(self._world.turns.ready()))

    def a_worker_starts(self) -> None:
        """A fresh worker process begins, and takes over from the dead before anything else."""
        world = self._world
        process = WorkerProcess(world, world.number())
        world.processes.append(process)
        world.tell(f"{process} starts")
        world.turns.start(process, "start", process.start)

    def _a_job_starts(self) -> None:
        world = self._world
        working = [each for each in world.processes if each.started and not each.frozen]
        process = world.pick(working)
        jobs = process.jobs()
        if not jobs:
            return
        useful = [name for name in self._worthwhile() for _ in range(4)]
        name = world.choose(*[each for each in (*useful, *jobs) if each in jobs])
        world.tell(f"{process} {name}")
        process.begin(name, jobs[name])

    def _time_passes(self) -> None:
        world = self._world
        kind = world.between(0, 9)
        if kind <= 4:
            ms = self._to_the_next_moment() + world.choose(-1, 0, 0, 1)
        elif kind <= 7:
            ms = world.between(0, 20_000)
        elif kind == 8:
            ms = world.between(0, 10 * MINUTE)
        else:
            ms = world.between(0, 90 * MINUTE)
        self.pass_time(max(ms, 0))

    def pass_time(self, ms: int) -> None:
        """Let time pass for everybody; living workers keep what they hold."""
        world = self._world
        world.tell(f"{ms / 1000:.3f} s pass")
        world.pass_time(ms)
        for process in world.processes:
            if process.alive and process.started and not process.frozen and self._holds_something(process):
                self._beat(process)

    def _holds_something(self, process: WorkerProcess) -> bool:
        return any(row.state == "sending" and row.worker_id == process.name for row in self._world.judge.rows.values())

    def _beat(self, process: WorkerProcess) -> None:
        self._at_once(process, "beat", partial(roll_call.beat, self._world.ctx, process.name))

    def _at_once(self, process: WorkerProcess, name: str, work: Act) -> None:
        """Let a process do something while nobody else has a turn, unless it has to wait for itself."""
        world = self._world
        world.steady = True
        world.go_on(world.turns.start(process, name, work))
        world.steady = False

    def _to_the_next_moment(self, part: float = 0.0) -> int:
        """Return how long (ms) it is to the next moment, or to one that lies so far into what is to come."""
        moments, now = self._world.moments(), self._world.clock.now_ms()
        return moments[int(len(moments) * part)] - now if moments else 0

    def _a_worker_is_killed(self) -> None:
        world = self._world
        world.kill(world.pick(world.processes))

    def _a_worker_freezes(self) -> None:
        process = self._world.pick([each for each in self._world.processes if each.started])
        process.frozen = True
        self._world.hit("freeze")

    def _a_worker_thaws(self) -> None:
        process = self._world.pick([each for each in self._world.processes if each.frozen])
        process.frozen = False
        self._world.tell(f"{process} thaws")

    def _a_worker_is_cut_off(self) -> None:
        """A worker loses its hold on the database, so that others take it for dead, and lives on.

        Not between its mark and its request: how long it may hang there is the residual that the promise names.
        """
        tasks = self._world.turns.tasks
        process = self._world.pick([task.process for task in tasks if task.process.mortal] or self._world.processes)
        if not any(task.process is process and task.calling is not None for task in tasks):
            process.cut_off = True
            self._world.hit("cut off")

    def _the_machine_sleeps(self) -> None:
        self._world.hit("suspend")
        self.pass_time(self._world.between(10 * MINUTE, 14 * HOUR))

    def _a_platform_goes_down(self) -> None:
        world = self._world
        name = world.pick(world.options.kinds)
        world.down[name] = world.clock.true + world.between(1_000, 3 * HOUR)
        world.hit("outage")

    def _the_clock_steps(self) -> None:
        world = self._world
        ms = world.choose(world.between(-1_000, 1_000), world.between(-4 * MINUTE, 4 * MINUTE), world.between(0, HOUR))
        watchers = [each for each in world.processes if each.started and not each.frozen]
        if not watchers:  # nobody can know of a step that happens while no worker runs
            return
        world.hit("clock step")
        world.tell(f"    the clock is set by {ms / 1000:.3f} s")
        world.clock.step(ms)
        for process in watchers:  # the watch looks every second, and before every look-up
            self._at_once(process, "watch the clock", process.worker.clock_watch.look)

    def settle(self) -> None:
        """Let everything come to its end without disasters. A world that does not has forgotten something."""
        world = self._world
        world.disasters = False
        world.tell("the disasters are over")
        for process in world.processes[1:]:
            world.kill(process)
        world.sweep()
        for process in world.processes:
            process.frozen = False
        for _ in range(400):
            self._round()
            if world.judge.violations or (world.judge.all_over() and not world.turns.tasks):
                return

    def _round(self) -> None:
        world = self._world
        self._run_everything()
        if not world.processes:
            self.a_worker_starts()
            self._run_everything()
        world.people.make_everything_work()
        for process in list(world.processes):
            jobs = process.jobs()
            for name in self._worthwhile():
                if name in jobs and name != "alarm":
                    process.begin(name, jobs[name])
        self._run_everything()
        self.pass_time(max(1_000, self._to_the_next_moment(world.choose(0.0, 0.5, 0.8))))

    def _worthwhile(self) -> list[str]:
        """Return the jobs that would find something to do: the others cost time and change nothing."""
        now, rows = self._world.clock.now_ms(), self._world.judge.rows.values()
        names = ["beat", "reconcile"] if any(row.state in ("sending", "unknown", "pending") for row in rows) else []
        names += ["release"] if any(row.state == "held" for row in rows) else []
        names += ["tick", "alarm"] if any(row.state == "scheduled" and row.not_before <= now for row in rows) else []
        return names

    def _run_everything(self) -> None:
        world = self._world
        while world.turns.tasks and not world.judge.violations:
            task: Task = world.pick(world.turns.tasks)
            world.go_on(task)
