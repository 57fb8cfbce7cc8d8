import { awsStackTests } from "../support/awsStackTests";

awsStackTests("prod");
