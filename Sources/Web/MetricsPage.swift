internal import Exposition
internal import HTTPServer
internal import Locking

/// The answer to a scrape, made once for each form that is asked for and then given to all who ask for the same, until the
/// exposition changes. Safe from any thread.
final class MetricsPage: Sendable {
    /// How the exposition is written for a client.
    struct Form: Equatable, Sendable {
        let negotiation: Negotiation
        let coding: ContentCoding

        init(_ head: RequestHead) {
            negotiation = Negotiation(accept: head["Accept"])
            coding = ContentCoding(acceptEncoding: head["Accept-Encoding"])
        }
    }

    /// The form that a request asks for.
    private final class Wish: Sendable {
        let form: Form

        init(_ request: ServerRequest) { form = Form(request.head) }
    }

    /// An object, since a look at each in the list would retain all that it has.
    private final class Page: Sendable {
        let form: Form
        let edition: Published.Edition
        let response: ServerResponse

        init(_ response: ServerResponse, in form: Form, _ edition: Published.Edition) {
            self.form = form
            self.edition = edition
            self.response = response
        }
    }

    private struct State {
        /// In how many forms a page is kept: each takes twice its size.
        static let mostPages = 4

        var pages: [Page] = []

        func response(in form: Form, _ isPresent: (Published.Edition) -> Bool) -> ServerResponse? {
            pages.first { $0.form == form }.flatMap { isPresent($0.edition) ? $0.response : nil }
        }

        mutating func keep(_ page: Page) {
            // Pages of another edition are out of date.
            pages.removeAll { $0.edition != page.edition || $0.form == page.form }
            if pages.count == Self.mostPages { pages.removeFirst() }
            pages.append(page)
        }
    }

    private let published: Published
    private let state = Locked(State())

    init(_ published: Published) {
        self.published = published
    }

    func response(to request: ServerRequest) -> ServerResponse {
        let form = request.concluded(Wish.init).form
        return state.withLock { $0.response(in: form, published.isPresent) } ?? newPage(in: form)
    }

    private func newPage(in form: Form) -> ServerResponse {
        let edition = published.edition
        let page = Page(response(in: form), in: form, edition)
        state.withLock { $0.keep(page) }
        return page.response
    }

    private func response(in form: Form) -> ServerResponse {
        var headers = [
            (name: "Content-Type", value: form.negotiation.contentType), ("Vary", "Accept, Accept-Encoding"),
        ]
        let syntax = form.negotiation.format.syntax
        if form.coding == .gzip, let body = published.compressedExposition(syntax) {
            headers.append(("Content-Encoding", "gzip"))
            return ServerResponse(status: 200, headers: headers, body: body)
        }
        return ServerResponse(status: 200, headers: headers, body: published.exposition(syntax))
    }
}
