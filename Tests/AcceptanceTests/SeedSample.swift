import HTTPServer
import TestSupport

/// The sample response of the API's documentation
/// (https://docs.comms.twilio.com/comms-api-reference/messages/list-operations), served at a moment when its operation
/// is two hours old.
enum SeedSample {
    static let date = (name: "Date", value: "Sat, 20 Apr 2024 16:00:00 GMT")

    /// The sample as a single page, its operation created after any ledger of the test's was born.
    static let pageCreatedLater =
        documentedPage
        .replacing("2024-04-20T14:00:00Z", with: "2024-04-20T16:00:30Z")
        .replacing(/"next": ".*"/, with: #""next": null"#)

    /// The same, completed ten minutes after it was created.
    static let pageCompletedLater =
        pageCreatedLater
        .replacing("SCHEDULED", with: "COMPLETED")
        .replacing("2024-04-20T15:30:00Z", with: "2024-04-20T16:10:30Z")

    /// The sample for a first page, and the end of the list for the token it names.
    static func answer(_ request: ServerRequest) -> ServerResponse {
        let isFirst = request.query("pageToken") == nil
        let body = isFirst ? documentedPage : #"{"operations": [], "pagination": {"next": null}}"#
        return .json(body, headers: [date])
    }
}
