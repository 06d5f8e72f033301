#include "tests/attack/scenario.h"

#include <fmt/format.h>

namespace postrider::attack {

namespace {

using std::chrono::milliseconds;

/// 2,000 to 4,000 characters, in words that are all different: a part of it is found in no other text.
std::string long_text(int conversation, int number, std::size_t length) {
    std::string text;
    for (int word = 0; text.size() < length; ++word) {
        text += fmt::format("c{}n{}w{}{}", conversation, number, word, word % 12 == 11 ? ".\n" : ". ");
    }
    text.resize(text.find_last_not_of(" \n") + 1);
    return text;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
    using Texts = Scenario::Texts;
    static const std::vector<Scenario> all{
        {.name = "plain", .messages_share = 340, .kills_share = 300},
        {.name = "equal", .texts = Texts::some_equal, .messages_share = 180, .kills_share = 175},
        {.name = "encrypted", .encrypted = true, .messages_share = 180, .kills_share = 175},
        {.name = "parts", .texts = Texts::long_ones, .messages_share = 80, .kills_share = 150},
        // Long enough that the one that was killed has its share of the work again.
        {.name = "two",
         .daemons = 2,
         .messages_share = 220,
         .kills_share = 200,
         .life_max = milliseconds{5000}},
        {.name = "credential", .by_default = false, .messages_share = 220, .conversations = 1000},
    };
    return all;
}

testing::NewRow Author::next() {
    const int conversation = std::uniform_int_distribution<int>(0, scenario_.conversations - 1)(random_);
    const int number = ++written_[static_cast<std::size_t>(conversation)];
    testing::NewRow row;
    row.destination = fmt::format("+1312557{:04}", conversation);
    row.message = fmt::format("c{} n{} Your visit is tomorrow at 9:00.", conversation, number);
    if (scenario_.texts == Scenario::Texts::long_ones) {
        row.message =
            long_text(conversation, number, std::uniform_int_distribution<std::size_t>(2000, 3990)(random_));
    } else if (scenario_.texts == Scenario::Texts::some_equal && conversation % 2 == 0 && number % 4 != 0) {
        row.message = fmt::format("c{} Please call us.", conversation);
    }
    // Always the same distance in one conversation, so that its order is that of the inserts.
    if (conversation % 4 == 3) row.send_in = milliseconds{700};
    row.transmission_metadata = "{}";
    return row;
}

}  // namespace postrider::attack
