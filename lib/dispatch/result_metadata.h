#pragma once

#include "lib/dispatch/outbox.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// An attempt that has ended, as the journal has it.
struct EndedAttempt {
    AttemptId id = 0;
    int part = 1;
    int parts = 1;
    Verdict verdict = Verdict::sent;
    std::string reason;
    std::string provider_id;
    std::string metadata = "{}";  ///< the keys that its outcome brought, as the text of an object
    TimePoint ended;
    bool ends_message = false;  ///< sent, or given up
};

/// Of a message's attempts before one of part `own_part`, in their order, those that belong to the
/// same run: since the message's last end. A run that goes on behind part 1, after a reset, has the
/// accepted parts of the run before it.
std::vector<EndedAttempt> same_run(std::vector<EndedAttempt> earlier, int own_part);

/// The keys of an outcome, and of accepted parts before it (lists joined), as the journal keeps
/// them: the text of a JSON object in sound UTF-8.
std::string journal_metadata(const Outcome& outcome, const std::vector<EndedAttempt>& earlier = {});

/// A row's metadata after an attempt: the keys of its outcome, those of accepted parts before it
/// (lists joined), and ours, `postrider`, which lists all `attempts`: `earlier` and this one. `rendered`:
/// the mark of the row's text, where that is no template any more.
std::string metadata_after(const AttemptResult& result, const EndedAttempt& own,
                           const std::vector<EndedAttempt>& earlier, const std::optional<std::string>& before,
                           const std::string& rendered);

/// Whose marker is in a row's metadata: the attempt of the last end that whoever wrote the row knew
/// of; 0 if there is none.
AttemptId marked_attempt(const std::optional<std::string>& metadata);

/// The mark of the rendered text that was written with that marker; empty if there is none.
std::string rendered_mark(const std::optional<std::string>& metadata);

}  // namespace postrider
