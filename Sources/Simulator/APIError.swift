import HTTPServer

/// An error as the API answers it: a status and one entry of `errors`.
///
/// Source: https://www.twilio.com/docs/bulk-messaging/api/seek-message-resource
struct APIError: Error, Sendable {
    let status: Int
    let code: Int
    let message: String
    /// The JSON path of the field that is wrong; the documentation's example says "null" where there is none.
    var context = "null"
    var headers: [(name: String, value: String)] = []

    static let unauthorized = APIError(
        status: 401, code: 20003, message: "Authenticate",
        headers: [("WWW-Authenticate", "Basic realm=\"Twilio API\"")])
    static let badRequest = APIError(status: 400, code: 20422, message: "The request is not supported")
    static let forbidden = APIError(status: 403, code: 20006, message: "Access Denied")
    static let notFound = APIError(status: 404, code: 20404, message: "Not Found")
    static let methodNotAllowed = APIError(
        status: 405, code: 20004, message: "Method not allowed", headers: [("Allow", "GET, HEAD")])
    static let tooManyRequests = APIError(
        status: 429, code: 20429,
        message: "Too many requests. Please retry according to the Retry-After response header.",
        headers: [("Retry-After", "5")])
    static let internalError = APIError(status: 500, code: 20500, message: "Internal Server Error")
    static let invalidPageToken = APIError(
        status: 400, code: 21481, message: "Invalid PageToken", context: "$.pageToken")

    static func invalid(_ parameter: String, _ message: String) -> APIError {
        APIError(status: 400, code: 20422, message: message, context: "$.\(parameter)")
    }

    var response: ServerResponse {
        let url = "https://www.twilio.com/docs/api/errors/\(code)"
        var json = JSONText()
        json.append("{\"errors\":[{\"code\":")
        json.append(Int64(code))
        json.append(",\"message\":")
        json.appendString(message)
        json.append(",\"infoUrl\":")
        json.appendString(url)
        json.append(",\"context\":")
        json.appendString(context)
        json.append("}]}")
        return ServerResponse(
            status: status, headers: [("Content-Type", "application/json")] + headers, body: json.bytes)
    }
}
