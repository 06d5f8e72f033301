#pragma once

#include "lib/dispatch/preparer.h"
#include "tests/support/loop_test.h"
#include "tests/support/scripted_transport.h"

#include <string>
#include <utility>

namespace postrider::testing {

/// What the Preparer makes of a message. There is a key.
struct PreparerTest : LoopTest {
    Waiting message(std::string text, std::string destination = "+13125550101") {
        Waiting waiting;
        waiting.destination = Address(destination);
        waiting.message.destination = Address(std::move(destination));
        waiting.message.text = Text(std::move(text));
        return waiting;
    }
    Prepared prepare(Waiting waiting) {
        return result_of(preparer.prepare(std::move(waiting), channel, transport, now));
    }
    std::string refusal(Waiting waiting) {
        const auto foregone = prepare(std::move(waiting)).foregone;
        return foregone ? foregone->outcome.reason : "none";
    }
    /// A message whose row waits although the journal knows its end.
    Waiting ended_before(Verdict verdict = Verdict::sent, bool given_up = false) {
        Waiting waiting = message("hello");
        JournaledEnd end;
        end.attempt_id = 7;
        end.given_up = given_up;
        end.content_hash = prepare(message("hello")).content_hash;
        end.verdict = verdict;
        end.reason = "why";
        end.provider_id = "P1";
        end.metadata = R"({"sid": ["P1"]})";
        end.ended = TimePoint(std::chrono::seconds{99});
        end.send_date = waiting.message.key.send_date;
        waiting.message.journaled_end = std::move(end);
        return waiting;
    }

    const Secret key{std::string(32, 'k')};
    Channel channel;
    ScriptedTransport transport{io.get_executor()};
    TimePoint now{};

    Privacy privacy{key, Secret("salt")};
    Preparer preparer{privacy};
    const SecretBox box{key};
};

}  // namespace postrider::testing
