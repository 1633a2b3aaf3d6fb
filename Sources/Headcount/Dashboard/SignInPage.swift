/// The form that a browser gets instead of the dashboard. Behind nginx it appears when the owner cancels the browser's own
/// dialog. Behind API Gateway and function URLs there may be no dialog, since they may rename `WWW-Authenticate`.
struct SignInPage {
    let counter: CounterAddress

    var response: Response {
        var response = Response.document(
            html,
            status: .unauthorized,
            policy: "script-src '\(Self.scriptHash)'; connect-src 'self'; form-action 'none'"
        )
        response.fields.append(Password.challenge)
        return response
    }

    private var html: HTML {
        .document(
            title: "Sign in to \(counter.name)",
            """
            <main class="card sign-in">
            <h1>\(counter.name)</h1>
            <p class="quiet">The statistics of this site are private.</p>
            <form>
            <label for="password">Password</label>
            <input id="password" type="password" autocomplete="current-password" maxlength="1000" aria-describedby="problem" required autofocus>
            <button>Sign in</button>
            </form>
            <p id="problem" role="alert"></p>
            <noscript><p>Signing in needs JavaScript. Without it, this command asks for the password and shows the numbers:</p>
            <pre tabindex="0" aria-label="Command">curl --user owner '\(counter.url)/headcount/stats'</pre></noscript>
            </main>
            <script>\(HTML(stringLiteral: Self.script))</script>
            """
        )
    }

    /// Sends the password as Basic authentication does, since Headcount never reads a body. The cookie is `Secure`: without
    /// TLS, a browser accepts it only from `localhost`.
    private static let script = """

        const form = document.querySelector("form")
        const [field, button] = form.elements
        const problem = document.querySelector("#problem")
        if (!isSecureContext) {
          problem.textContent = "Use https. Without encryption, the browser can\u{2019}t stay signed in."
          button.disabled = true
        }
        form.onsubmit = async (event) => {
          event.preventDefault()
          const bytes = new TextEncoder().encode(":" + field.value)
          const headers = { Authorization: "Basic " + btoa(String.fromCharCode(...bytes)) }
          const answer = await fetch("", { method: "POST", headers }).catch(() => ({}))
          if (answer.ok) return location.reload()
          problem.textContent = answer.status === 403
            ? "That is not the password."
            : "That did not work. Try again in a moment."
          field.select()
        }

        """

    private static let scriptHash = Response.contentHash(Array(script.utf8))
}
