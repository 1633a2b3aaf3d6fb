import CLinux
import FastCGI
import Glibc

/// SIGTERM and SIGINT as a descriptor that becomes readable (signalfd(2)), so that no handler interrupts the loop.
///
/// Create it before any thread starts, since threads inherit the mask of blocked signals.
struct StopSignal {
    let descriptor: CInt

    init() throws(SystemError) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        guard pthread_sigmask(SIG_BLOCK, &signals, nil) == 0 else { throw SystemError("pthread_sigmask") }
        descriptor = signalfd(-1, &signals, CInt(SFD_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("signalfd") }
    }
}
