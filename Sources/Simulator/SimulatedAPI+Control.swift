import HTTPServer
import Operations

// The endpoints that are not Twilio's: what the simulator is, how it is set, and what is true in it.
extension SimulatedAPI {
    func answerControl(_ request: ServerRequest) -> ServerResponse {
        let methods = request.path == "/-/settings" ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]
        guard methods.contains(request.method) else {
            return .text(405, "method not allowed\n", headers: [("Allow", methods.joined(separator: ", "))])
        }
        switch request.path {
        case "/": return .text(200, about)
        case "/-/healthy": return .text(200, "ok\n")
        case "/-/settings": return settings(request)
        case "/-/truth": return truth(request)
        default: return .text(404, "not found; / says what there is\n")
        }
    }

    private func settings(_ request: ServerRequest) -> ServerResponse {
        // What only asks must not change anything: browsers and proxies repeat it as they like.
        guard request.method == "POST" || request.queryItems.isEmpty else {
            return .text(405, "POST changes settings, as curl -X POST does\n", headers: [("Allow", "POST")])
        }
        do throws(SettingError) {
            return .text(200, try change(request.queryItems).text)
        } catch {
            return .text(400, "\(error.reason)\n")
        }
    }

    private func truth(_ request: ServerRequest) -> ServerResponse {
        guard let birth = request.query("birth").flatMap({ Timestamp(rfc3339: $0) }) else {
            return .text(400, "birth must be a date and time such as 2024-04-20T14:00:00Z\n")
        }
        let name = request.query("resource") ?? Resource.messages.name
        guard let resource = Resource.all.first(where: { $0.name == name }) else {
            let names = Resource.all.map(\.name).joined(separator: ", ")
            return .text(400, "resource must be one of \(names)\n")
        }
        guard let truth = withWorld(of: resource, { $0.truth(birth: birth) }) ?? nil else {
            return .text(400, "birth must lie within the last 7 days: what was before is forgotten\n")
        }
        return .text(200, truth.text)
    }
}
