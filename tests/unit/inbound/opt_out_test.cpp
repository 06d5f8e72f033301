#include "lib/inbound/opt_out.h"

#include <gtest/gtest.h>

#include <string>

namespace postrider {
namespace {

TEST(OptOut, IsReadAsPeopleWriteIt) {
    for (const char* text :
         {"STOP", "stop", "Stop.", " Stop. Thank you ", "PLEASE STOP!!", "stop texting me",
          "Stop sending messages please", "Unsubscribe", "QUIT", "end", "cancel", "opt out", "Opt-out",
          "OPTOUT", "stop all", "STOPALL", "revoke", "“Stop”", "stop 🙏"}) {
        EXPECT_EQ(read_opt_out(text), OptOut::stop) << text;
    }
    for (const char* text : {"START", "start please", "Yes", "yes!", "UNSTOP"}) {
        EXPECT_EQ(read_opt_out(text), OptOut::start) << text;
    }
}

TEST(OptOut, IsNotReadIntoWhatSaysMore) {
    for (const char* text : {"",
                             " ",
                             "thanks",
                             "don't stop",
                             "Don’t stop",
                             "please do not stop",
                             "stop by at 9?",
                             "cancel my visit",
                             "I want it to end",
                             "the pain won't stop",
                             "stop it hurts",
                             "yes stop",
                             "Yes, 9 works",
                             "non-stop",
                             "stoppen",
                             "bitte stop",
                             "stop à demain",
                             "\xff\xfe stop",
                             "quit smoking",
                             "end of day"}) {
        EXPECT_EQ(read_opt_out(text), OptOut::none) << text;
    }
    EXPECT_EQ(read_opt_out("\n\n Stop." + std::string(300, ' ') + "\n--\n"), OptOut::stop)
        << "what a mail program adds";
    EXPECT_EQ(read_opt_out(std::string(100000, 's')), OptOut::none);
    EXPECT_EQ(read_opt_out(std::string("st\0p", 4)), OptOut::none);
}

}  // namespace
}  // namespace postrider
