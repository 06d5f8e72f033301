#include "daemon/commands/show_message.h"

#include "daemon/commands/admitting.h"
#include "daemon/commands/daemon_status.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/dispatch/suppression_list.h"
#include "lib/dispatch/waiting_reasons.h"
#include "lib/schedule/iso_time.h"
#include "lib/store/message_story.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

namespace postrider {

namespace {

/// Of a message that waits: what a daemon says that concerns it, where one answers and all is not well.
constexpr const char* checks_of_all[] = {"database", "membership", "intake", "delivery", "recorder"};

boost::json::value time_or_null(const std::optional<TimePoint>& moment) {
    return moment ? boost::json::value(to_iso_time(*moment)) : nullptr;
}

/// All that is asked once, for however many messages.
class Teller {
public:
    Teller(const Config& config, const ShowOptions& options)
        : config_(config),
          options_(options),
          stories_(database_settings(config)),
          admitting_(config, all_channels(config, site_channels(config)), stories_.installation().hash_salt) {
    }

    /// nullopt if there is no such message.
    std::optional<boost::json::object> tell(MessageId id) {
        auto story = stories_.read(id, config_.lateness_max);
        if (!story) return std::nullopt;
        boost::json::object told = std::move(story->row);
        if (options_.reveal) {
            told["destination"] = revealed(story->destination.reveal());
            told["message"] = revealed(story->text.reveal());
        }
        told["intake"] = std::move(story->intake);
        told["goes_by"] = nullptr;
        told["waits"] = boost::json::array();
        told["daemon"] = nullptr;
        if (story->waiting) tell_waiting(*story, told);
        told["attempts"] = std::move(story->attempts);
        told["reports"] = std::move(story->reports);
        told["forwards"] = std::move(story->forwards);
        return told;
    }

private:
    boost::json::value revealed(const std::string& stored) {
        auto opened = admitting_.privacy().open(stored);
        return opened.value ? boost::json::value(*opened.value) : "(sealed under another key)";
    }

    void tell_waiting(MessageStory& story, boost::json::object& told) {
        WaitFacts facts = facts_of(story);
        const auto* const admitted = std::get_if<Admitted>(&facts.admission);
        if (admitted) told["goes_by"] = admitted->channel;
        boost::json::array& waits = told["waits"].get_array();
        for (const WaitReason& each : reasons_to_wait(facts)) {
            waits.push_back({{"what", each.what},
                             {"reason", each.reason},
                             {"since", time_or_null(each.since)},
                             {"until", time_or_null(each.until)}});
        }
        if (!live_) live_ = LiveStatus::ask(config_.listen, options_.url);
        told["daemon"] = live_->describe();
        if (admitted) add_check("channel " + admitted->channel, waits);
        for (const char* name : checks_of_all) add_check(name, waits);
        if (facts.late) told["state"] = "held";
        if (!waits.empty() && (told["reason"].is_null() || facts.late || facts.delivery_hold))
            told["reason"] = waits[0].at("reason");
    }

    void add_check(const std::string& name, boost::json::array& waits) const {
        const boost::json::object* const check = live_->check(name);
        if (check == nullptr || check->at("status") == "OK") return;
        waits.push_back(
            {{"what", "status"},
             {"reason", fmt::format("{}: {}", name, std::string_view(check->at("text").get_string()))},
             {"since", nullptr},
             {"until", nullptr}});
    }

    WaitFacts facts_of(MessageStory& story) {
        const OutgoingMessage& row = *story.waiting;
        // When a daemon first saw it only that daemon knows: it is reckoned from when it was due.
        const TimePoint first_seen = std::min(story.now, row.key.send_date);
        WaitFacts facts{.admission = admitting_.admission().admit(row, first_seen, story.now),
                        .now = story.now,
                        .attempt = story.attempt,
                        .hold = story.hold,
                        .late = story.late,
                        .delivery_hold = admitting_.settings().hold,
                        .suspensions = stories_.suspensions()};
        const auto* const admitted = std::get_if<Admitted>(&facts.admission);
        if (!admitted) return facts;
        const Channel* const channel = admitting_.channel(admitted->channel);
        facts.order_hold = channel->order_hold;
        facts.before = stories_.open_before(admitted->waiting.conversation, row.key.id);
        if (channel->opt_out != OptOutScope::off)
            facts.suppressed =
                stories_.suppression(suppressed_recipient(admitting_.privacy(), admitted->waiting.destination,
                                                          config_.phone_region),
                                     channel->name);
        return facts;
    }

    const Config& config_;
    const ShowOptions& options_;
    MessageStories stories_;
    Admitting admitting_;
    std::optional<LiveStatus> live_;
};

void print_section(const boost::json::object& message, const char* name, const char* heading,
                   const std::vector<std::string>& columns) {
    const auto& rows = message.at(name).get_array();
    if (rows.empty()) return;
    std::cout << '\n' << heading << '\n';
    print_table(std::cout, rows, columns);
}

void print_message(const boost::json::object& message) {
    for (const auto& [key, value] : message) {
        if (value.is_string()) print_value(std::cout, key, value.get_string());
    }
    for (const auto& [key, value] : message.at("intake").get_object()) {
        if (value.is_string()) print_value(std::cout, key, value.get_string());
    }
    print_section(message, "waits", "It waits:", {"what", "reason", "since", "until"});
    print_section(message, "attempts", "Attempts:",
                  {"id", "part", "channel", "daemon_id", "claimed", "closed", "verdict", "provider_id",
                   "error_code", "reason", "followed"});
    print_section(message, "reports",
                  "Its provider reported:", {"part", "state", "status", "reported", "applied", "reason"});
    print_section(message, "forwards", "Applications are still to be told:",
                  {"endpoint", "state", "created", "tries", "next_try", "reason"});
}

}  // namespace

int show_messages(const std::filesystem::path& config_file, const MessageActions::Ids& ids,
                  const ShowOptions& options) {
    const auto config = read_or_complain(config_file);
    if (!config) return wrong_usage;
    Teller teller(*config, options);
    boost::json::array found;
    int exit_code = done;
    for (const MessageId id : ids) {
        if (auto told = teller.tell(id)) {
            found.push_back(std::move(*told));
        } else {
            std::cerr << fmt::format("postrider messages: there is no message {}\n", id);
            exit_code = failed;
        }
    }
    if (options.json) {
        std::cout << boost::json::serialize(found) << '\n';
        return exit_code;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i > 0) std::cout << '\n';
        print_message(found[i].get_object());
    }
    return exit_code;
}

}  // namespace postrider
