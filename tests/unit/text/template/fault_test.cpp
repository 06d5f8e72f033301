#include "lib/text/template/template.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include <string>

namespace postrider {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The fault; empty if there is none.
std::string fault_of(const std::string& text, const std::string& context = "{}") {
    const auto parsed = Template::parse(text);
    if (!parsed) return parsed.error().describe();
    const auto rendered = parsed->render(boost::json::parse(context).as_object());
    return rendered ? "" : rendered.error().describe();
}

TEST(TemplateFault, NamesAnUnknownTagOrFilterAndItsLine) {
    EXPECT_EQ(fault_of("Hi\n{% fi x %}"), "line 2: unknown tag 'fi'");
    EXPECT_EQ(fault_of("a\n\n {{ x|upper|uper }}"), "line 3: unknown filter 'uper'");
    EXPECT_EQ(fault_of("{% if yes %}\n{% for x in l %}\n{{ x|nosuch:1 }}{% endfor %}{% endif %}"),
              "line 3: unknown filter 'nosuch'");
    EXPECT_EQ(fault_of("{# a\nb #}{{ c }}\n{% verbatim %}{{\n}}{% endverbatim %}{% d %}"),
              "line 4: unknown tag 'd'");
}

TEST(TemplateFault, NamesTheBlockThatDoesNotEndByItsBegin) {
    EXPECT_EQ(fault_of("a\n{% if x %}\nb\n"), "line 2: tag 'if' is not closed");
    EXPECT_EQ(fault_of("{% for x in l %}\n{% if x %}\n{% endif %}\n"), "line 1: tag 'for' is not closed");
    EXPECT_EQ(fault_of("\n{% comment %}\n{% if %}\n"), "line 2: tag 'comment' is not closed");
    EXPECT_EQ(fault_of("{% if x %}\n{% endfor %}"), "line 2: tag 'endfor' belongs to no block");
    EXPECT_EQ(fault_of("{% else %}"), "line 1: tag 'else' belongs to no block");
}

TEST(TemplateFault, SaysWhatIsWrongWithATag) {
    EXPECT_EQ(fault_of("{% if %}{% endif %}"), "line 1: a condition that ends where something is missing");
    EXPECT_EQ(fault_of("{% if a %}\n{% elif and %}{% endif %}"),
              "line 2: a condition with an operator where a value is missing");
    EXPECT_EQ(fault_of("{% if a b %}{% endif %}"), "line 1: a condition with something left over at its end");
    EXPECT_EQ(fault_of("{% for x l %}{% endfor %}"), "line 1: tag 'for' is not of the form 'for x in y'");
    EXPECT_EQ(fault_of("{% with a %}{% endwith %}"),
              "line 1: tag 'with' is not of the form 'with name=value'");
    EXPECT_EQ(fault_of("{% autoescape %}{% endautoescape %}"),
              "line 1: tag 'autoescape' takes 'on' or 'off'");
    EXPECT_EQ(fault_of("{{ }}"), "line 1: nothing between the braces");
}

TEST(TemplateFault, SaysWhatIsWrongWithAFilter) {
    EXPECT_EQ(fault_of("{{ a|default }}"), "line 1: filter 'default' needs an argument");
    EXPECT_EQ(fault_of("{{ a|upper:1 }}"), "line 1: filter 'upper' takes no argument");
    EXPECT_EQ(fault_of("{{ a|default: 1 }}"), "line 1: no argument after the colon of filter 'default'");
    EXPECT_EQ(fault_of("{{ a b }}"), "line 1: an expression with something left over at its end");
    EXPECT_EQ(fault_of("{{ a|default:b }}"), "line 1: the argument of filter 'default' is missing");
    EXPECT_EQ(fault_of("x\n{{ n|first }}", R"({"n": 1})"), "line 2: filter 'first' needs a list or a text");
    EXPECT_EQ(fault_of("x\n{% for a in n %}{% endfor %}", R"({"n": 1})"), "line 2: tag 'for' needs a list");
}

TEST(TemplateFault, RefusesWhatIsNotUtf8) {
    EXPECT_EQ(fault_of("Hi \xFF {{ name }}"), "line 1: the text is not UTF-8");
}

TEST(TemplateFault, TellsNothingOfTheText) {
    const std::string secret = "Grüße0815";
    const std::string context = R"({"n": 1, "l": ["Grüße0815"]})";
    for (const std::string& text :
         {"{% " + secret + " %}", "{{ a|" + secret + " }}", "{{ " + secret + " b }}", "{{ _" + secret + " }}",
          "{% if " + secret + " b %}{% endif %}", "{% for " + secret + " %}{% endfor %}",
          "{% with " + secret + " %}{% endwith %}", "{{ '" + secret + "'|divisibleby:2 }}",
          "{{ n|add:" + secret + " }}", std::string("{% for a, b in l %}{% endfor %}"),
          "{% end" + secret + " %}", "{% if a %}" + secret, "{{ \"" + secret + " }}",
          "{% " + std::string(200, 'x') + " %}"}) {
        const std::string fault = fault_of(text, context);
        EXPECT_THAT(fault, StartsWith("line 1: "));
        EXPECT_THAT(fault, Not(HasSubstr("Gr"))) << text;
        EXPECT_THAT(fault, Not(HasSubstr("0815")));
        EXPECT_LT(fault.size(), 120u);
    }
}

}  // namespace
}  // namespace postrider
