// The host's end of the conversation, with an agent that says what the test tells it to.

#include "drivers/agent_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

#include "drivers/testing/scripted_agent.h"
#include "results/vocabulary/error.h"
#include "results/vocabulary/manual_clock.h"

namespace strata::drivers {
namespace {

using ::testing::AllOf;
using testing::frame;
using testing::good_sample;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedAgent;
using wire::FrameType;

constexpr auto kMillisecond = std::chrono::milliseconds(1);

class AgentConnectionTest : public ::testing::Test {
 protected:
  [[nodiscard]] Deadline soon() const { return Deadline::after(clock_, std::chrono::seconds(1)); }
  static Job job() {
    Job job;
    job.argv = {"strata/bin/program"};
    return job;
  }
  /// A connection that has heard its agent's hello.
  void greet() {
    agent_.say_hello();
    connection_.await_hello(soon());
  }
  /// The agent answers a job with these bytes.
  void answer_job(std::string bytes) {
    agent_.on_frame = [this, bytes = std::move(bytes), pings = agent_.on_frame](
                          FrameType type, const std::string& payload) {
      if (type == FrameType::kJob) {
        agent_.say(bytes);
      } else if (pings) {
        pings(type, payload);
      }
    };
  }
  /// What an action's Error says.
  template <typename Expected = Error>
  std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Expected& error) {
      return error.what();
    } catch (const std::exception& error) {
      return std::string("another exception: ") + error.what();
    }
    return "no error";
  }
  std::string hello_error() {
    return error_of([&] { connection_.await_hello(soon()); });
  }
  std::string job_error() {
    return error_of([&] { connection_.run(job(), soon()); });
  }
  std::string stop_error() {
    return error_of([&] { connection_.stop(soon()); });
  }

  ManualClock clock_;
  ScriptedAgent agent_{clock_};
  Stamps stamps_;
  AgentConnection connection_{agent_, stamps_};
};

// ---- hello

TEST_F(AgentConnectionTest, StampsWhatArrivesWhenItArrives) {
  const auto begin = clock_.now();
  agent_.say("S", 2 * kMillisecond);
  agent_.say(frame(FrameType::kHello, R"({"protocol":1})"), 3 * kMillisecond);
  agent_.answer_pings();
  connection_.await_hello(soon());
  EXPECT_EQ(stamps_.at(Stamp::kMain), begin + 2 * kMillisecond);
  EXPECT_EQ(stamps_.at(Stamp::kReady), begin + 5 * kMillisecond);
  EXPECT_EQ(stamps_.signal_round_trip, std::chrono::microseconds(10));
}

TEST_F(AgentConnectionTest, FirstByteAndHelloMayComeTogether) {
  agent_.say("S" + frame(FrameType::kHello, R"({"protocol":1})"), kMillisecond);
  agent_.answer_pings();
  connection_.await_hello(soon());
  EXPECT_EQ(stamps_.at(Stamp::kMain), stamps_.at(Stamp::kReady));
}

TEST_F(AgentConnectionTest, TheRoundTripIsTheLeastOfFive) {
  agent_.say("S" + frame(FrameType::kHello, R"({"protocol":1})"));
  int pings = 0;
  agent_.on_frame = [&](FrameType /*type*/, const std::string& payload) {
    const auto took = std::chrono::microseconds(pings++ == 3 ? 20 : 50);
    agent_.say(frame(FrameType::kPong, payload), took);
  };
  connection_.await_hello(soon());
  EXPECT_EQ(pings, 5);
  EXPECT_EQ(stamps_.signal_round_trip, std::chrono::microseconds(20));
}

TEST_F(AgentConnectionTest, SomethingElseThanAnAgentIsQuotedWithWhatItPrinted) {
  agent_.say("bash: strata: not found\n\x01");
  agent_.side = "oh dear\n";
  EXPECT_THAT(hello_error(),
              AllOf(HasSubstr("bash: strata: not found | \\x01"), HasSubstr("it printed: oh dear"),
                    HasSubstr("not Strata's agent")));
  EXPECT_FALSE(stamps_.at(Stamp::kMain));
}

TEST_F(AgentConnectionTest, AnAgentThatEndsAtOnceIsHeard) {
  agent_.side = "error while loading shared libraries: libx.so.1";
  agent_.end();
  EXPECT_THAT(hello_error(), AllOf(HasSubstr("the agent has ended"), HasSubstr("libx.so.1")));
}

TEST_F(AgentConnectionTest, AnotherProtocolIsRefused) {
  agent_.say("S" + frame(FrameType::kHello, R"({"protocol":2})"));
  EXPECT_THAT(hello_error(), AllOf(HasSubstr("protocol 2"), HasSubstr("build both again")));
}

TEST_F(AgentConnectionTest, AHelloHasToBeOne) {
  for (const auto* const text :
       {"", "hello", "[]", "{}", R"({"protocol":"1"})", R"({"protocol":-1})", R"({"protocol":1)"}) {
    ScriptedAgent agent(clock_);
    Stamps stamps;
    AgentConnection connection(agent, stamps);
    agent.say("S" + frame(FrameType::kHello, text));
    EXPECT_THAT(error_of([&] { connection.await_hello(soon()); }), HasSubstr("build both again"))
        << text;
  }
}

TEST_F(AgentConnectionTest, AnotherFrameIsNoHello) {
  agent_.say("S" + frame(FrameType::kSample, "{}"));
  EXPECT_THAT(hello_error(), HasSubstr("another frame than a hello"));
}

TEST_F(AgentConnectionTest, APongHasToBeTheEchoOfThePing) {
  agent_.say("S" + frame(FrameType::kHello, R"({"protocol":1})"));
  agent_.on_frame = [&](FrameType /*type*/, const std::string& /*payload*/) {
    agent_.say(frame(FrameType::kPong, "x"));
  };
  EXPECT_THAT(hello_error(), HasSubstr("answered with something else"));
}

TEST_F(AgentConnectionTest, SilenceEndsAtTheDeadline) {
  EXPECT_THAT(error_of<DeadlineExceeded>([&] { connection_.await_hello(soon()); }),
              HasSubstr("did not answer before the deadline"));
}

// ---- frames that are none

TEST_F(AgentConnectionTest, AStreamThatEndsInsideAFrameSaysHowFarItCame) {
  agent_.say("S" + frame(FrameType::kHello, R"({"protocol":1})").substr(0, 13));
  agent_.end();
  EXPECT_THAT(hello_error(), HasSubstr("ended inside a frame: 13 of 22 bytes came"));
}

TEST_F(AgentConnectionTest, AStreamThatEndsInsideAHeaderSaysSo) {
  agent_.say("S" + frame(FrameType::kHello, "").substr(0, 3));
  agent_.end();
  EXPECT_THAT(hello_error(), HasSubstr("ended inside a frame's header: 3 of 8 bytes came"));
}

TEST_F(AgentConnectionTest, BytesThatAreNoFrameAreQuoted) {
  for (const auto& [bytes, said] :
       {std::pair<std::string, const char*>{"Segmentation fault", "1 MiB"},
        {std::string("\0\0\0\0\x07\0\0\0", 8), "unknown type"},
        {std::string("\0\0\0\0\x01\0\0\x01", 8), "reserved"}}) {
    ScriptedAgent agent(clock_);
    Stamps stamps;
    AgentConnection connection(agent, stamps);
    agent.say("S" + bytes);
    const auto error = error_of([&] { connection.await_hello(soon()); });
    EXPECT_THAT(error, HasSubstr(said));
    EXPECT_THAT(error, HasSubstr(bytes.substr(0, 1) == "S" ? "Segmentation fault" : "\\x00"));
  }
}

TEST_F(AgentConnectionTest, AFaultIsTheAgentsOwnReason) {
  greet();
  answer_job(frame(FrameType::kFault, "the host sent a job that can't be read\xff"));
  EXPECT_THAT(job_error(),
              HasSubstr("the agent says: the host sent a job that can't be read\\xff"));
}

// ---- jobs

TEST_F(AgentConnectionTest, AJobsOutputComesInPieces) {
  greet();
  const auto begin = clock_.now();
  answer_job(frame(FrameType::kOutput, "one ") + frame(FrameType::kErrorOutput, "oops") +
             frame(FrameType::kOutput, "two") + frame(FrameType::kSample, good_sample()));
  const auto outcome = connection_.run(job(), soon());
  EXPECT_EQ(outcome.output, "one two");
  EXPECT_EQ(outcome.error_output, "oops");
  EXPECT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.wall, 5 * kMillisecond);
  EXPECT_EQ(outcome.user, 3 * kMillisecond);
  EXPECT_EQ(outcome.system, kMillisecond);
  EXPECT_EQ(outcome.peak_memory, kibibytes(600));
  EXPECT_EQ(outcome.sample, good_sample());
  EXPECT_EQ(stamps_.at(Stamp::kFirstResult), begin);
}

TEST_F(AgentConnectionTest, TheFirstResultIsStampedOnce) {
  greet();
  answer_job(frame(FrameType::kSample, good_sample()));
  connection_.run(job(), soon());
  const auto first = stamps_.at(Stamp::kFirstResult);
  clock_.advance(kMillisecond);
  connection_.run(job(), soon());
  EXPECT_EQ(stamps_.at(Stamp::kFirstResult), first);
}

TEST_F(AgentConnectionTest, MoreOutputThanAllowedIsRefused) {
  greet();
  auto small = job();
  small.output_limit = {4};
  answer_job(frame(FrameType::kOutput, "four") + frame(FrameType::kSample, good_sample()));
  EXPECT_EQ(connection_.run(small, soon()).output, "four");
  answer_job(frame(FrameType::kErrorOutput, "four") + frame(FrameType::kErrorOutput, "5"));
  EXPECT_THAT(error_of([&] { connection_.run(small, soon()); }),
              HasSubstr("more output than the 4 bytes it may"));
}

TEST_F(AgentConnectionTest, AFrameThatDoesNotBelongToAJobIsRefused) {
  greet();
  answer_job(frame(FrameType::kPong, ""));
  EXPECT_THAT(job_error(), HasSubstr("does not belong to a job"));
}

TEST_F(AgentConnectionTest, AnAgentThatDiesInMidRunIsAnError) {
  greet();
  answer_job(frame(FrameType::kOutput, "half"));
  agent_.end();
  EXPECT_THAT(job_error(), AllOf(HasSubstr("run strata/bin/program"), HasSubstr("has ended")));
}

TEST_F(AgentConnectionTest, AnAgentThatNeverAnswersIsGivenUp) {
  greet();
  EXPECT_THROW(connection_.run(job(), soon()), DeadlineExceeded);
}

TEST_F(AgentConnectionTest, AFloodOfEmptyFramesEndsAtTheDeadline) {
  greet();
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += frame(FrameType::kOutput, "");
  agent_.piece = [&] {
    agent_.say(flood);
    clock_.advance(kMillisecond);
    return flood.size();
  };
  answer_job(flood);
  EXPECT_THROW(connection_.run(job(), soon()), DeadlineExceeded);
}

TEST_F(AgentConnectionTest, AProgramThatCantBeStartedDoesNotHarmTheConnection) {
  greet();
  answer_job(frame(FrameType::kSample, R"({"start_error":"/x: No such file or directory"})"));
  EXPECT_THAT(job_error(), HasSubstr("start strata/bin/program: /x: No such file"));
  answer_job(frame(FrameType::kSample, good_sample()));
  EXPECT_TRUE(connection_.run(job(), soon()).succeeded());
}

TEST_F(AgentConnectionTest, AfterAFailureNothingMoreIsAsked) {
  greet();
  answer_job(frame(FrameType::kSample, "{}"));
  EXPECT_THAT(job_error(), HasSubstr("\"exit\""));
  EXPECT_THAT(job_error(), HasSubstr("before has failed"));
  EXPECT_THAT(stop_error(), HasSubstr("before has failed"));
}

// ---- stop

TEST_F(AgentConnectionTest, StoppingIsStampedAtTheEndOfTheStream) {
  greet();
  agent_.on_frame = [&](FrameType type, const std::string& payload) {
    EXPECT_EQ(type, FrameType::kStop);
    EXPECT_EQ(payload, "");
    agent_.end();
  };
  clock_.advance(kMillisecond);
  connection_.stop(soon());
  EXPECT_EQ(stamps_.at(Stamp::kStopped), clock_.now());
}

TEST_F(AgentConnectionTest, AnAgentThatTalksOnInsteadOfEndingIsRefused) {
  greet();
  agent_.on_frame = [&](FrameType /*type*/, const std::string& /*payload*/) {
    agent_.say(frame(FrameType::kPong, "x"));
  };
  EXPECT_THAT(stop_error(), HasSubstr("something instead of ending"));
  EXPECT_FALSE(stamps_.at(Stamp::kStopped));
}

TEST_F(AgentConnectionTest, AFaultInsteadOfAnEndIsHeard) {
  greet();
  agent_.on_frame = [&](FrameType /*type*/, const std::string& /*payload*/) {
    agent_.say(frame(FrameType::kFault, "I can't"));
  };
  EXPECT_THAT(stop_error(), HasSubstr("the agent says: I can't"));
}

TEST_F(AgentConnectionTest, AnAgentThatDoesNotEndIsGivenUp) {
  greet();
  EXPECT_THROW(connection_.stop(soon()), DeadlineExceeded);
}

// ---- writing

TEST_F(AgentConnectionTest, ADyingAgentsLastWordsExplainWhyItTakesNothing) {
  greet();
  agent_.close_input();
  agent_.say(frame(FrameType::kFault, "out of memory"));
  agent_.end();
  EXPECT_THAT(job_error(), HasSubstr("the agent says: out of memory"));
}

TEST_F(AgentConnectionTest, AnAgentThatTakesNothingAndSaysNothingIsAnError) {
  greet();
  agent_.close_input();
  EXPECT_THAT(job_error(), HasSubstr("Broken pipe"));
}

// ---- property

TEST_F(AgentConnectionTest, HowTheStreamIsCutIntoPiecesMakesNoDifference) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 200; ++round) {
    ScriptedAgent agent(clock_);
    Stamps stamps;
    AgentConnection connection(agent, stamps);
    agent.piece = [&] { return std::uniform_int_distribution<std::size_t>(1, 40)(random); };
    const std::string output(std::uniform_int_distribution<std::size_t>(0, 300)(random), 'o');
    agent.on_frame = [&](FrameType type, const std::string& /*payload*/) {
      if (type == FrameType::kStop) agent.end();
      if (type != FrameType::kJob) return;
      agent.say(frame(FrameType::kOutput, output) + frame(FrameType::kErrorOutput, "e") +
                frame(FrameType::kSample, good_sample()));
    };
    agent.say_hello();
    connection.await_hello(soon());
    const auto outcome = connection.run(job(), soon());
    EXPECT_EQ(outcome.output, output);
    EXPECT_EQ(outcome.error_output, "e");
    EXPECT_TRUE(outcome.succeeded());
    connection.stop(soon());
    EXPECT_THAT(stamps.at(Stamp::kStopped), Not(std::nullopt));
  }
}

}  // namespace
}  // namespace strata::drivers
