import Operations

// The page that says what the simulator is, and what each of its settings does.
extension SimulatedAPI {
    /// The front page.
    var about: String {
        let (settings, reading, counts, now) = withWorlds { worlds in
            (worlds[0].settings, worlds[0].reading, worlds.map { "\($0.resource.name) \($0.count)" }, worlds[0].now)
        }
        let paths = Resource.all.map(\.path)
        return """
            comms-simulator: a stand-in for Twilio's Communications API
            \(now), \(counts.joined(separator: ", ")) operations listed, stats in the \(reading.rawValue) reading

            \(paths.joined(separator: ", "))
                                        the lists; filters startDate, endDate, status, pageSize, pageToken
            …/{id}                      one operation
            /-/settings                 the settings below; change them with a POST such as
                                        /-/settings?rate=60&failure_ratio=0.3&frozen=true
            /-/truth?birth=TIME         what the metrics of an exporter must be whose ledger was born then; of messages, or
                                        of what &resource= names (\(Resource.all.map(\.name).joined(separator: ", ")))
            /-/healthy                  200

            \(SimulatedAPI.explanations)
            \(settings.text)
            """
    }

    /// One setting to a paragraph, of those that do not explain themselves.
    private static let explanations = """
        retention                   seconds for which operations are listed after their creation; the truth still counts them
        created_moves               seconds by which createdAt moves when a scheduled operation is sent on, at most to then
        cut                         operations after which a list ends as if there were no more; 0 for lists in full
        date_offset                 seconds that are added to the time in the Date header, and to nothing else
        refuse                      requests for a list that are answered 400; none, or of these, with commas between:
          old_start                 with a startDate more than 7 days ago
          long_window               with a startDate more than 24 hours before endDate, or before now where there is none
          large_page                with a pageSize above 100
          page_size                 with a pageSize
          token_with_filters        with a pageToken and anything else
          status_with_dates         with a status and a startDate or endDate
          upper_status              with a status that is not in lower case, in which it is accepted then
          status                    with a status
          half                      every second one since this was set
          all                       every one
        token_life                  seconds after the first page of a list for which its tokens are accepted; 0 for ever
        next                        how a page names the next one: token, url, path or query; self and same are tokens, and
                                    the last page repeats its self, or the token just sent, in place of null
        empty                       how a page without operations is written: array, null, missing or no_content (204)
        dates                       how createdAt and updatedAt are written: zulu, no_zone, offset (+0000),
                                    short_offset (+00) or rfc2822
        fetch                       the status with which each fetch of one operation is answered: 200 (the right answer),
                                    400, 403, 404, 405 or 500
        quota                       requests within any 60 seconds beyond which the API answers 429, those refused included;
                                    0 for no limit

        """
}
