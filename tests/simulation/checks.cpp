#include "lib/text/splitting.h"
#include "tests/simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

// What must hold after every run, whatever went wrong in it.

namespace postrider::simulation {

namespace {

constexpr std::chrono::seconds neighbour_max{30};

/// A text to somebody by a provider: what cannot be told apart.
using Saying = std::tuple<std::string, std::string, std::string>;

}  // namespace

std::vector<std::string> Scenario::parts_of(const Planned& message, const std::string& text) const {
    const std::size_t units_max = routes_[message.route].units_max;
    if (text.size() <= units_max) return {text};
    return split_text(text, units_max);
}

/// All that it may send: before and after it was corrected.
std::vector<std::string> Scenario::texts_of(const Planned& message) const {
    std::vector<std::string> texts = parts_of(message, message.text);
    if (message.corrected.empty()) return texts;
    for (std::string& part : parts_of(message, message.corrected)) texts.push_back(std::move(part));
    return texts;
}

void Scenario::check() {
    check_ends();
    check_once();
    check_order();
    check_neighbours();
}

/// G1: everything came to an end, and the end is true.
void Scenario::check_ends() const {
    for (const auto& [id, attempt] : world_.database.open) {
        world_.violation(fmt::format("message {} has an open attempt for ever", id));
    }
    for (const Host& host : hosts_) {
        if (!host.disk().empty()) world_.violation("results stay in a spool");
    }
    for (const Planned& message : messages_) {
        const auto row = world_.database.rows.find(message.id);
        if (row == world_.database.rows.end()) {
            if (!message.touched) world_.violation(fmt::format("message {} is gone", message.id));
            continue;
        }
        const Provider& provider = *routes_[message.route].provider;
        if (row->second.waits()) {
            world_.violation(fmt::format("message {} waits for ever", message.id));
        } else if (row->second.errored) {
            const auto texts = texts_of(message);
            const bool refused = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
                return provider.has_refused(text);
            });
            if (!refused && provider.kind() == Kind::keeps_records)
                world_.violation(fmt::format("message {} was given up though nobody refused it: {}",
                                             message.id, row->second.metadata.value_or("")));
            // Some parts of a longer one may have been accepted, and others not.
            if (!refused && texts.size() == 1 && world_.told_sent.contains(message.id))
                world_.violation(
                    fmt::format("message {} says errored, though the journal was told that it "
                                "was accepted",
                                message.id));
        } else if (message.corrected.empty()) {
            for (const std::string& part : parts_of(message, message.text)) {
                const auto& all = provider.accepted();
                const bool accepted =
                    std::any_of(all.begin(), all.end(), [&](const Provider::Accepted& each) {
                        return each.text == part && each.destination == message.destination &&
                               row->second.metadata.value_or("").find('"' + each.id + '"') !=
                                   std::string::npos;
                    });
                if (!accepted)
                    world_.violation(fmt::format(
                        "message {} says sent, but \"{}\" was not accepted as it says", message.id, part));
            }
        }
    }
}

/// G2: nobody is told anything more often than it was put in.
void Scenario::check_once() const {
    std::map<Saying, int> allowed;
    std::map<Saying, int> sent;
    for (const Planned& message : messages_) {
        const std::string& channel = routes_[message.route].channel.name;
        const auto row = world_.database.rows.find(message.id);
        const bool is_sent =
            row != world_.database.rows.end() && row->second.sent_date && !row->second.errored;
        for (const std::string& part : texts_of(message)) {
            ++allowed[{channel, message.destination, part}];
            if (is_sent && message.corrected.empty()) ++sent[{channel, message.destination, part}];
        }
    }
    for (const Provider& provider : providers_) {
        std::map<Saying, int> accepted;
        for (const Provider::Accepted& each : provider.accepted())
            ++accepted[{provider.name(), each.destination, each.text}];
        for (const auto& [saying, times] : accepted) {
            if (times > allowed[saying])
                world_.violation(fmt::format("\"{}\" went to {} by {} {} times, not {}", std::get<2>(saying),
                                             std::get<1>(saying), std::get<0>(saying), times,
                                             allowed[saying]));
        }
        for (const auto& [saying, times] : sent) {
            if (std::get<0>(saying) == provider.name() && accepted[saying] < times)
                world_.violation(fmt::format("\"{}\" to {} is sent {} times by its rows, {} times in truth",
                                             std::get<2>(saying), std::get<1>(saying), times,
                                             accepted[saying]));
        }
    }
}

/// G3: to each person in the order of (send_date, id), unless a channel has none; parts in their order.
void Scenario::check_order() const {
    std::map<Saying, std::pair<MessageKey, int>> place;
    std::set<Saying> ambiguous;
    std::set<std::string> unordered;
    for (const Route& route : routes_) {
        if (route.channel.ordering == Ordering::none) unordered.insert(route.channel.name);
    }
    for (const Planned& message : messages_) {
        const bool plain = message.in_order && !message.moved;
        for (const std::string& text : {message.text, message.corrected}) {
            if (text.empty()) continue;
            const auto parts = parts_of(message, text);
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const Saying saying{routes_[message.route].channel.name, message.destination, parts[i]};
                if (!plain || place.contains(saying)) ambiguous.insert(saying);
                place[saying] = {{message.send_date, message.id}, static_cast<int>(i)};
            }
        }
    }
    for (const Provider& provider : providers_) {
        // Of each person; or of each message, where messages may overtake each other.
        std::map<std::pair<std::string, MessageId>, std::pair<std::pair<MessageKey, int>, std::string>> last;
        for (const Provider::Accepted& each : provider.accepted()) {
            const Saying saying{provider.name(), each.destination, each.text};
            if (ambiguous.contains(saying) || !place.contains(saying)) continue;
            const auto here = place.at(saying);
            const MessageId message = unordered.contains(provider.name()) ? here.first.id : 0;
            const auto before = last.find({each.destination, message});
            if (before != last.end() && here < before->second.first)
                world_.violation(fmt::format("\"{}\" came to {} after \"{}\"", each.text, each.destination,
                                             before->second.second));
            last[{each.destination, message}] = {here, each.text};
        }
    }
}

/// G4: where nothing was wrong, messages of a healthy provider go in time, however others fare.
void Scenario::check_neighbours() const {
    const Provider& healthy = providers_[1];
    for (const Planned& message : messages_) {
        if (routes_[message.route].provider != &healthy || message.touched || !message.in_order) continue;
        const TimePoint due = message.send_date;
        const bool disturbed = std::any_of(
            disturbances_.begin(), disturbances_.end(),
            [&](const Disturbance& each) { return each.from <= due + neighbour_max && due <= each.to; });
        if (disturbed) continue;
        const std::string first = parts_of(message, message.text).front();
        const auto& all = healthy.accepted();
        const auto found = std::find_if(all.begin(), all.end(), [&](const Provider::Accepted& each) {
            return each.text == first && each.destination == message.destination;
        });
        if (found == all.end() || found->at > due + neighbour_max)
            world_.violation(fmt::format("message {} of the healthy channel was late", message.id));
    }
}

}  // namespace postrider::simulation
