#include "lib/text/json_object.h"

#include "tests/fuzz/fuzz_target.h"

#include <boost/json/serialize.hpp>

namespace postrider::testing {
namespace {

POSTRIDER_FUZZ(json_object) {
    const std::string key(take_line(bytes).substr(0, 100));
    if (const auto read = JsonObjectText::read(bytes)) {
        JsonObjectText object = *read;
        must_hold(object.text() == bytes, "what is not touched stays");
        object.set("our key", "a \"value\"");
        object.set("our key", 5);
        must_hold(object.find("our key") == "5", "what was set is there");
        const auto again = JsonObjectText::read(object.text());
        must_hold(again && again->find("our key") == "5", "and is so when it is read again");
        must_hold(again->find("error") == object.find("error"), "nothing else has changed");
        object.erase("our key");
        must_hold(!object.find("our key"), "what was erased is gone");
        must_hold(JsonObjectText::read(object.text()).has_value(), "what is left is an object");
        object.find_string(key);
    }
    const std::string spliced = splice_metadata(std::string(bytes), {{"postrider", {{"attempt", 7}}}});
    const auto result = JsonObjectText::read(spliced);
    must_hold(result.has_value(), "metadata are an object once they were touched");
    must_hold(result->find("postrider") == R"({"attempt":7})", "with what was put there");
    parse_json_object(bytes);
}

}  // namespace
}  // namespace postrider::testing
