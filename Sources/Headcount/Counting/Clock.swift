import Glibc

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
package struct Instant: Sendable, Hashable, Comparable {
    package var milliseconds: Int

    package init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    /// The current time of the system clock.
    @Sendable package static func now() -> Instant { Instant(milliseconds: currentMilliseconds(of: CLOCK_REALTIME)) }
}

/// A deadline on the monotonic clock, which setting the system clock does not change.
package struct Deadline: Sendable, Hashable, Comparable {
    /// Milliseconds since the system booted.
    package let milliseconds: Int

    package init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    package static func after(_ milliseconds: Int) -> Deadline {
        Deadline(milliseconds: currentMilliseconds(of: CLOCK_MONOTONIC) + milliseconds)
    }

    package static func < (left: Deadline, right: Deadline) -> Bool { left.milliseconds < right.milliseconds }

    /// The time left; 0 after the deadline.
    package var millisecondsLeft: Int { max(0, milliseconds - currentMilliseconds(of: CLOCK_MONOTONIC)) }

    package var hasPassed: Bool { millisecondsLeft == 0 }
}

private func currentMilliseconds(of clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// The time of a batch.
struct Moment {
    var instant: Instant
    /// The day that is open for counting: the next day if the clock has stepped back over midnight.
    var day: Day
}
