#pragma once

#include "lib/config/settings_reader.h"
#include "lib/config/transport_kind.h"
#include "tests/support/manual_clock.h"
#include "tests/support/task_test.h"
#include "transports/transports.h"

#include <algorithm>
#include <memory>
#include <string>

namespace postrider::testing {

/// A test of transports, with real clients and a clock that stands.
struct TransportWorld : TaskTest {
    TransportWorld() = default;
    explicit TransportWorld(TimePoint now) : clock(io.get_executor(), now) {}
    ~TransportWorld() override { stop(); }

    virtual TransportParts parts() { return {*http, *smtp, clock, files}; }

    /// As a channel of that kind is made from its settings, which must be sound.
    std::unique_ptr<Transport> made(std::string_view kind, const std::string& settings) {
        const TransportKinds& kinds = all_transport_kinds();
        const auto found =
            std::find_if(kinds.begin(), kinds.end(), [&](auto* each) { return each->name() == kind; });
        if (found == kinds.end()) {
            ADD_FAILURE() << "there is no transport " << kind;
            return nullptr;
        }
        const SettingsDocument document(settings);
        SettingsReader reader = document.reader();
        const MakeTransport make = (*found)->read_settings(reader).transport;
        reader.finish();
        for (const Problem& problem : document.problems()) ADD_FAILURE() << problem.what;
        return make(parts());
    }

    ManualClock clock{io.get_executor()};
    BlockingPool files{1};
    std::unique_ptr<HttpClient> http = make_http_client(io.get_executor());
    std::unique_ptr<SmtpClient> smtp = make_smtp_client(io.get_executor());
};

}  // namespace postrider::testing
