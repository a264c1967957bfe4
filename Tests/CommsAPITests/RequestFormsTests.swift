import Operations
import Testing

@testable import CommsAPI

/// 2024-04-27T14:00:00Z, and 7 days and a second before.
private let now = Timestamp(seconds: 1_714_226_400)
private let beforeRetention = Timestamp(seconds: 1_714_226_400 - 604_801)

private func list(from start: Timestamp? = nil, to end: Timestamp? = nil, _ status: OperationStatus? = nil) -> ListQuery
{
    ListQuery(resource: .messages, window: CreationWindow(start: start, end: end), status: status)
}

private func forms(_ change: (inout RequestForms) -> Void) -> RequestForms {
    var forms = RequestForms()
    change(&forms)
    return forms
}

@Suite struct `The forms of a request` {
    /// Every form, with the parameters of the first page of a list by status over all of retention, and of its second.
    @Test(arguments: [
        (
            forms { _ in }, "startDate=2024-04-20T13:59:59Z status=PROCESSING pageSize=1000",
            "startDate=2024-04-20T13:59:59Z status=PROCESSING pageSize=1000 pageToken=t"
        ),
        (
            forms { $0.startsInside = true }, "startDate=2024-04-20T14:00:05Z status=PROCESSING pageSize=1000",
            "startDate=2024-04-20T14:00:05Z status=PROCESSING pageSize=1000 pageToken=t"
        ),
        (
            forms { $0.sendsTokenAlone = true }, "startDate=2024-04-20T13:59:59Z status=PROCESSING pageSize=1000",
            "pageToken=t"
        ),
        (
            forms { $0.pageSize = .atMostHundred }, "startDate=2024-04-20T13:59:59Z status=PROCESSING pageSize=100",
            "startDate=2024-04-20T13:59:59Z status=PROCESSING pageSize=100 pageToken=t"
        ),
        (
            forms { $0.pageSize = .unstated }, "startDate=2024-04-20T13:59:59Z status=PROCESSING",
            "startDate=2024-04-20T13:59:59Z status=PROCESSING pageToken=t"
        ),
        (
            forms { $0.status = .withoutDates }, "status=PROCESSING pageSize=1000",
            "status=PROCESSING pageSize=1000 pageToken=t"
        ),
        (
            forms { $0.status = .lowercase }, "startDate=2024-04-20T13:59:59Z status=processing pageSize=1000",
            "startDate=2024-04-20T13:59:59Z status=processing pageSize=1000 pageToken=t"
        ),
        (
            forms {
                $0.longestSpan = .seconds(43_200)
                $0.status = .lowercase
            }, "status=processing pageSize=1000", "status=processing pageSize=1000 pageToken=t"
        ),
        (
            forms { $0.longestSpan = .seconds(43_200) }, "status=PROCESSING pageSize=1000",
            "status=PROCESSING pageSize=1000 pageToken=t"
        ),
    ])
    func `are the parameters that go with it`(forms: RequestForms, first: String, second: String) {
        let query = list(from: beforeRetention, .processing)
        for (token, parameters) in [(nil, first), (PageToken("t"), second)] {
            let request = ListRequest(query, at: now, after: token)
            #expect(
                forms.parameters(of: request, pageSize: 1000).map { "\($0.name)=\($0.value)" }
                    .joined(separator: " ") == parameters)
        }
    }

    @Test func `leave a window alone that starts inside retention, and a page size that is small`() {
        let plain = forms {
            $0.startsInside = true
            $0.pageSize = .atMostHundred
        }
        let request = ListRequest(list(from: now - .seconds(86_400), to: now - .milliseconds(1500)), at: now)
        #expect(
            plain.parameters(of: request, pageSize: 20).map { "\($0.name)=\($0.value)" } == [
                "startDate=2024-04-26T14:00:00Z", "endDate=2024-04-27T13:59:59Z", "pageSize=20",
            ])
    }

    /// A refused request, with the plainer forms to try, in order: the part, and what changes.
    @Test func `become plainer one part at a time, and only where the request has it`() {
        let cases: [(String, RequestForms, ListQuery, PageToken?, Int, [String])] = [
            ("everything", forms { _ in }, list(), nil, 1000, ["pageSize 100", "pageSize none"]),
            ("small pages", forms { _ in }, list(), nil, 100, ["pageSize none"]),
            ("pages of 100", forms { $0.pageSize = .atMostHundred }, list(), nil, 1000, ["pageSize none"]),
            ("no size", forms { $0.pageSize = .unstated }, list(), nil, 1000, []),
            (
                "a day", forms { $0.pageSize = .unstated },
                list(from: now - .seconds(86_400)), nil, 1000,
                ["span 43200000", "span 21600000", "span 10800000", "span 5400000"]
            ),
            (
                "half a day, which is the longest", forms { $0.longestSpan = .seconds(43_200) },
                list(from: now - .seconds(43_200)), nil, 100,
                ["pageSize none", "span 21600000", "span 10800000", "span 5400000"]
            ),
            (
                "two hours", forms { $0.pageSize = .unstated },
                list(from: now - .seconds(7210), to: now - .seconds(10)), nil, 1000, ["span 3600000"]
            ),
            (
                "the oldest day", forms { $0.pageSize = .unstated },
                list(from: beforeRetention, to: now - .seconds(561_600)), nil, 1000,
                ["start", "span 21600500", "span 10800250", "span 5400125"]
            ),
            (
                "by status", forms { _ in }, list(from: beforeRetention, .scheduled), nil, 1000,
                ["start", "pageSize 100", "pageSize none", "without dates", "lower case", "no status"]
            ),
            (
                "by status without dates", forms { $0.status = .withoutDates },
                list(from: beforeRetention, .scheduled), nil, 100, ["pageSize none", "lower case", "no status"]
            ),
            (
                "by status with short windows", forms { $0.longestSpan = .seconds(3600) },
                list(from: beforeRetention, .scheduled), nil, 100, ["pageSize none", "lower case", "no status"]
            ),
            (
                "by status in lower case", forms { $0.status = .lowercase },
                list(from: now - .seconds(60), .scheduled), nil, 100, ["pageSize none", "no status"]
            ),
            (
                "by status in lower case with short windows",
                forms {
                    $0.longestSpan = .seconds(3600)
                    $0.status = .lowercase
                }, list(from: beforeRetention, .scheduled), nil, 100, ["pageSize none", "no status"]
            ),
            ("a token", forms { _ in }, list(from: now - .seconds(60), .scheduled), PageToken("t"), 1000, ["token"]),
            (
                "a token and its start", forms { _ in }, list(from: beforeRetention), PageToken("t"), 1000,
                ["start", "token"]
            ),
            ("a token alone", forms { $0.sendsTokenAlone = true }, list(), PageToken("t"), 1000, []),
        ]
        for (name, forms, query, token, pageSize, plainer) in cases {
            let found = forms.plainer(for: ListRequest(query, at: now, after: token), pageSize: pageSize)
            #expect(found.map { change(from: forms, to: $0.1, $0.0) } == plainer, "\(name)")
        }
    }

    /// The only difference of forms in words.
    private func change(from base: RequestForms, to plainer: RequestForms, _ part: RequestForms.Part) -> String {
        for other in RequestForms.Part.allCases where other != part {
            #expect(
                plainer.full(other) == base.full(other) || plainer.full(other).full(part) == base.full(other).full(part)
            )
        }
        return switch part {
        case .start: "start"
        case .token: "token"
        case .pageSize: plainer.pageSize == .atMostHundred ? "pageSize 100" : "pageSize none"
        case .status:
            switch plainer.status {
            case .withDates: "with dates"
            case .withoutDates: "without dates"
            case .lowercase: "lower case"
            case .unstated: "no status"
            }
        case .window: "span \(plainer.longestSpan.map { $0.milliseconds } ?? 0)"
        }
    }

    @Test func `say if a page is as full as was asked for`() {
        let token = ListRequest(list(), at: now, after: PageToken("t"))
        let first = ListRequest(list(), at: now)
        let alone = forms { $0.sendsTokenAlone = true }
        let cases: [(RequestForms, ListRequest, Int, Bool)] = [
            (forms { _ in }, first, 1000, true), (forms { _ in }, first, 999, false),
            (forms { $0.pageSize = .atMostHundred }, first, 100, true),
            (forms { $0.pageSize = .unstated }, first, 49, false), (forms { $0.pageSize = .unstated }, first, 50, true),
            // A token may remember the size of the first page, or not.
            (alone, token, 1000, true), (alone, token, 50, true), (alone, token, 300, false), (alone, first, 50, false),
        ]
        for (forms, request, count, isFull) in cases {
            #expect(forms.isFull(count, for: request, pageSize: 1000) == isFull, "\(count)")
        }
    }

    @Test func `are tried on the newest part of a long window, and on everything where there is no status`() {
        let short = forms { $0.longestSpan = .seconds(3600) }
        let day = ListRequest(list(from: now - .seconds(86_400)), at: now)
        #expect(day.sample(of: short).query == list(from: now - .seconds(3600)))
        #expect(day.sample(of: RequestForms()).query == day.query)
        let none = forms { $0.status = .unstated }
        #expect(ListRequest(list(from: now, .scheduled), at: now).sample(of: none).query == list())
    }
}
