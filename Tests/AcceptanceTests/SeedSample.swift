import HTTPServer

/// The sample response of the API's documentation
/// (https://docs.comms.twilio.com/comms-api-reference/messages/list-operations), served at a moment when its operation
/// is two hours old.
enum SeedSample {
    static let date = (name: "Date", value: "Sat, 20 Apr 2024 16:00:00 GMT")

    static let page = """
        {
          "operations": [
            {
              "id": "comms_operation_01h9krwprkeee8fzqspvwy6nq8",
              "status": "SCHEDULED",
              "stats": {
                "total": 10,
                "recipients": 10,
                "queued": 5,
                "sent": 3,
                "scheduled": 2,
                "delivered": 3,
                "read": 1,
                "undelivered": 1,
                "unaddressable": 0,
                "failed": 0,
                "canceled": 0,
                "attempts": 12
              },
              "createdAt": "2024-04-20T14:00:00Z",
              "updatedAt": "2024-04-20T15:30:00Z"
            }
          ],
          "pagination": {
            "next": "eyJwYWdlVG9rZW4iOiAiY29tbXNfb3BlcmF0aW9uXzAxaG5rcnducHJrZWVlOGZ6cXNwdnd5Nm5xOSJ9",
            "self": "eyJwYWdlVG9rZW4iOiAiY29tbXNfb3BlcmF0aW9uXzAxaG5rcnducHJrZWVlOGZ6cXNwdnd5Nm5xOCJ9"
          }
        }
        """

    /// The sample as a single page, its operation created after any ledger of the test's was born.
    static let pageCreatedLater =
        page
        .replacing("2024-04-20T14:00:00Z", with: "2024-04-20T16:00:30Z")
        .replacing(/"next": ".*"/, with: #""next": null"#)

    /// The sample for a first page, and the end of the list for the token it names.
    static func answer(_ request: ServerRequest) -> ServerResponse {
        let isFirst = request.query("pageToken") == nil
        let body = isFirst ? page : #"{"operations": [], "pagination": {"next": null}}"#
        return .json(body, headers: [date])
    }
}
